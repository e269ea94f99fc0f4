using System.Globalization;

namespace Cairn.Attempts;

/// <summary>Where the attempts' files are: <c>CHECKPOINTS/attempts/0003.jsonl</c>.</summary>
internal static class AttemptFiles
{
    public static string Folder(string checkpointFolder) => Path.Combine(checkpointFolder, "attempts");

    public static string Journal(string checkpointFolder, int number) =>
        Path.Combine(Folder(checkpointFolder), number.ToString("0000", CultureInfo.InvariantCulture) + ".jsonl");

    /// <summary>The number in a journal's name; null for another file.</summary>
    public static int? Number(string path) =>
        Path.GetExtension(path) == ".jsonl"
        && int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : null;
}
