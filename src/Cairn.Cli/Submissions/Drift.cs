using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Submissions;

/// <summary>What has changed since a job was submitted: a later attempt would run other code than the first.</summary>
internal static class Drift
{
    private const int MostNamed = 5;

    /// <summary>One sentence for each kind of change; empty where nothing has changed. It never throws.</summary>
    /// <param name="recordFile">The record that CAIRN_SUBMISSION names.</param>
    public static IReadOnlyList<string> Since(string recordFile)
    {
        try
        {
            var record = SubmissionRecord.Read(recordFile);
            var sentences = new List<string>();
            if (!record.WrittenHere && Script(record) is { } script)
                sentences.Add(script);
            if (record.CodeFolder is { } folder)
            {
                if (!Directory.Exists(folder))
                    return [.. sentences, $"The code folder {folder} is gone since the job was submitted."];
                var (now, isWhole) = CodeFolder.Scan(folder, record.NoCode, record.Code);
                sentences.AddRange(Between(record.Code, now, isWhole && record.CodeIsWhole));
            }

            return sentences;
        }
        catch (SubmissionException error)
        {
            return [error.Message];
        }
    }

    /// <summary>The same of two looks at a folder. New files alone do not count: a program writes its results there too.</summary>
    public static IEnumerable<string> Between(IReadOnlyDictionary<string, CodeFile> before, IReadOnlyDictionary<string, CodeFile> now, bool isWhole)
    {
        var changed = before.Where(file => now.TryGetValue(file.Key, out var current) && IsOther(file.Value, current)).Select(file => file.Key).ToArray();
        if (changed.Length > 0)
            yield return $"Changed since the job was submitted: {Names(changed)}.";
        // Where not all was seen, a file that is missing may only not have been reached.
        var gone = isWhole ? before.Keys.Where(file => !now.ContainsKey(file)).ToArray() : [];
        if (gone.Length > 0)
            yield return $"Gone since the job was submitted: {Names(gone)}.";
        var added = isWhole ? now.Keys.Where(file => !before.ContainsKey(file) && IsCode(file)).ToArray() : [];
        if (added.Length > 0)
            yield return $"New since the job was submitted: {Names(added)}.";
    }

    private static bool IsOther(CodeFile before, CodeFile now) =>
        before.Size != now.Size || (before.Hash is not null && now.Hash is not null ? before.Hash != now.Hash : before.Changed != now.Changed);

    private static bool IsCode(string file) => Path.GetExtension(file) is ".py" or ".pyx" or ".so" or ".cs" or ".fs" or ".dll" or ".jl" or ".r" or ".R" or ".sh" or ".c" or ".cpp" or ".cu" or ".h" or ".rs" or ".go";

    private static string Names(string[] files)
    {
        Array.Sort(files, StringComparer.Ordinal);
        return string.Join(", ", files.Take(MostNamed)) + (files.Length > MostNamed ? $" and {files.Length - MostNamed} more" : "");
    }

    private static string? Script(SubmissionRecord record)
    {
        try
        {
            return SubmissionRecord.HashOf(NamedFile.Read(record.Script, BatchScript.LargestScript)) == record.ScriptHash ? null
                : $"{record.Script} was changed since it was submitted: the job goes on with what was submitted.";
        }
        catch (NamedFileException)
        {
            return null; // Slurm has its copy.
        }
    }
}
