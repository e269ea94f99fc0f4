using System.Text.Json;

namespace Cairn.Cli.Contract;

/// <summary>What a program wants to follow.</summary>
internal enum ProgramWish
{
    /// <summary>It has stopped, its state is on disk: start it again.</summary>
    Stopped,

    /// <summary>Its work is done.</summary>
    Done,

    /// <summary>Never start it again.</summary>
    Never,
}

/// <summary>
/// What one process of the program has said, in a file of its own in the folder that CAIRN_SAYS_DIR names: a launcher in between makes
/// 1 of every exit code, but takes no file away. It is believed for what it says and no more.
/// </summary>
/// <param name="Wish">What is to follow.</param>
/// <param name="Step">The step that is saved; null when not told.</param>
/// <param name="Rank">Who says it; null when not told.</param>
/// <param name="Why">In words of the program; null when not told.</param>
internal sealed record ProgramWord(ProgramWish Wish, long? Step, int? Rank, string? Why)
{
    private const string Suffix = ".json";
    private const int LongestFile = 4096;
    private const int LongestWhy = 300;
    private const int Most = 100_000;

    /// <summary>The word that counts of all that this attempt's processes have said; null when none has. It never throws.</summary>
    /// <remarks>"Never" counts before "done", and that before "stopped"; of several of these the one with the highest step.</remarks>
    /// <param name="folder">The folder.</param>
    /// <param name="attempt">The number of this attempt: what others left does not count.</param>
    /// <param name="say">Is handed a sentence for a file that cannot be understood.</param>
    public static ProgramWord? Read(string folder, int attempt, Action<string> say)
    {
        ProgramWord? counts = null;
        try
        {
            if (!Directory.Exists(folder))
                return null;
            foreach (var path in Directory.EnumerateFiles(folder, "*" + Suffix).Take(Most))
            {
                var (word, problem) = ReadFile(path, attempt);
                if (problem is not null)
                    say($"warning: {path} is not believed: {problem}");
                if (word is not null && (counts is null || (word.Wish, word.Step ?? -1).CompareTo((counts.Wish, counts.Step ?? -1)) > 0))
                    counts = word;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            say($"warning: what the program says cannot be read, only its exit code counts: {error.Message}");
        }

        return counts;
    }

    /// <summary>Takes away what earlier attempts have said.</summary>
    /// <exception cref="IOException">It cannot be taken away.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public static void Clear(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var path in Directory.EnumerateFiles(folder))
            File.Delete(path);
    }

    private static (ProgramWord? Word, string? Problem) ReadFile(string path, int attempt)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null || file.Attributes.HasFlag(FileAttributes.Directory) || file.Length == 0)
            return (null, "it is no plain file, or empty"); // a pipe or a device has no length either
        if (file.Length > LongestFile)
            return (null, $"it has {file.Length} bytes, and {LongestFile} are the most");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            if (root.GetProperty("attempt").GetInt32() != attempt)
                return (null, null); // a process that was left over
            ProgramWish? wish = root.GetProperty("says").GetString() switch
            {
                "stopped" => ProgramWish.Stopped,
                "done" => ProgramWish.Done,
                "never" => ProgramWish.Never,
                _ => null,
            };
            return wish is null ? (null, "\"says\" is none of stopped, done, never") : (new(wish.Value, Number(root, "step"), Number(root, "rank") is { } rank and <= int.MaxValue ? (int)rank : null, Text(root, "why")), null);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            return (null, error.Message);
        }
    }

    private static long? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 ? number : null;

    private static string? Text(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 } text)
            return null;
        return new([.. text.Take(LongestWhy).Where(letter => !char.IsControl(letter))]);
    }
}
