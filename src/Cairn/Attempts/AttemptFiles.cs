using System.Globalization;

namespace Cairn.Attempts;

/// <summary>Where the attempts' files are: <c>CHECKPOINTS/attempts/0003.jsonl</c>, and beside it what was reported, <c>0003.metrics</c>.</summary>
internal static class AttemptFiles
{
    private const string ProbePrefix = ".look-";
    private const string MetricsExtension = ".metrics";

    public static string Folder(string checkpointFolder) => Path.Combine(checkpointFolder, "attempts");

    public static string Journal(string checkpointFolder, int number) => Path.Combine(Folder(checkpointFolder), Name(number) + ".jsonl");

    public static string Metrics(string checkpointFolder, int number) => Path.Combine(Folder(checkpointFolder), Name(number) + MetricsExtension);

    /// <summary>The metrics file of the attempt that has this journal.</summary>
    public static string MetricsBeside(string journal) => Path.ChangeExtension(journal, MetricsExtension);

    /// <summary>The journals in a checkpoint folder, oldest first; none where there is no such folder.</summary>
    public static IReadOnlyList<(int Number, string Path)> In(string checkpointFolder)
    {
        var journals = new List<(int Number, string Path)>();
        try
        {
            foreach (var path in Directory.EnumerateFiles(Folder(checkpointFolder), "*.jsonl"))
            {
                if (Number(path) is { } number)
                    journals.Add((number, path));
            }
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }

        journals.Sort((one, other) => one.Number.CompareTo(other.Number));
        return journals;
    }

    /// <summary>A new name for a file that is made and removed at once, so that the folder changes.</summary>
    public static string NewProbe(string checkpointFolder) => Path.Combine(Folder(checkpointFolder), $"{ProbePrefix}{Guid.NewGuid():N}");

    /// <summary>Removes what processes left that died between the two.</summary>
    public static void RemoveProbes(string checkpointFolder)
    {
        foreach (var path in Directory.EnumerateFiles(Folder(checkpointFolder), ProbePrefix + "*"))
            File.Delete(path);
    }

    /// <summary>The number in a journal's name; null for another file.</summary>
    public static int? Number(string path) => Number(path, ".jsonl");

    /// <summary>The number in a metrics file's name; null for another file.</summary>
    public static int? NumberOfMetrics(string path) => Number(path, MetricsExtension);

    private static string Name(int number) => number.ToString("0000", CultureInfo.InvariantCulture);

    private static int? Number(string path, string extension) =>
        Path.GetExtension(path) == extension
        && int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : null;
}
