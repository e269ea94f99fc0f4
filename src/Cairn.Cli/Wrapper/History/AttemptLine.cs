using System.Text.Json;
using Cairn.Cli.Wrapper.Decisions;

namespace Cairn.Cli.Wrapper.History;

/// <summary>A line of the wrapper's journal: how an attempt ended, or that it has begun.</summary>
/// <param name="Time">When.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Kind">How.</param>
/// <param name="Code">The program's exit code, or 128 and its signal; null when it still ran.</param>
/// <param name="Progress">Whether there was a new or changed file in the checkpoint folder; null without one.</param>
/// <param name="Action">What followed.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record AttemptLine(DateTimeOffset Time, int Attempt, EndKind Kind, int? Code, bool? Progress, EndAction Action, string Reason)
{
    /// <summary>Which command of the script: each counts for itself; null in the lines of older versions.</summary>
    public string? Command { get; init; }

    /// <summary>The step that the program says to have saved.</summary>
    public long? Step { get; init; }

    /// <summary>Whether less than half of the wall time was used; null where nobody says how long that is.</summary>
    public bool? Brief { get; init; }

    /// <summary>The reason without what was done then.</summary>
    public string ReasonAlone => Reason.IndexOf(EndDecision.Requeueing, StringComparison.Ordinal) is var at and > 0 ? Reason[..at] : Reason;

    /// <summary>The wrapper's exit code where the job must not be started again; null where it may.</summary>
    public int? Final { get; init; }
}

/// <summary>The journal: a line an attempt.</summary>
internal static class AttemptLines
{
    /// <summary>All that can be read, oldest first; a line that was cut off is left out.</summary>
    public static IReadOnlyList<AttemptLine> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        var lines = new List<AttemptLine>();
        foreach (var line in File.ReadLines(path))
        {
            try
            {
                if (AttemptLineJson.Read(line) is { } entry)
                    lines.Add(entry);
            }
            catch (JsonException)
            {
                // A story, not the state: it must not stop a job.
            }
        }

        return lines;
    }

    /// <summary>
    /// Where Slurm has started a job once more although all was decided (24 does so after a preemption): this command's line that says so. Null when
    /// there is none, or when something has begun or was requeued since.
    /// </summary>
    public static AttemptLine? Decided(IReadOnlyList<AttemptLine> lines, int attempt, string command)
    {
        if (lines.Count == 0 || lines[^1] is not { Final: not null } last || last.Attempt >= attempt)
            return null;
        return lines.LastOrDefault(line => line.Command == command) is { Final: not null } mine && mine.Attempt == last.Attempt ? mine : null;
    }

    /// <summary>Adds one, durable when this returns: what follows may kill.</summary>
    public static void Add(string path, AttemptLine line)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(AttemptLineJson.Write(line));
        file.Flush(flushToDisk: true);
    }
}
