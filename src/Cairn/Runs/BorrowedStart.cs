using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>The begin of a run with another run's checkpoint (<see cref="StartFrom"/>).</summary>
/// <param name="Path">That checkpoint.</param>
/// <param name="Words">What was taken of it.</param>
/// <param name="Restored">Where all of it was, the steps too; else null.</param>
internal sealed record BorrowedStart(string Path, string Words, RestoreOutcome? Restored)
{
    /// <summary>Loads it. Nothing is touched unless all of it fits.</summary>
    /// <param name="context">The run.</param>
    /// <param name="parts">The tracked parts.</param>
    /// <param name="options">The user's options, with <see cref="TrainingRunOptions.StartFrom"/>.</param>
    /// <param name="exactly">The checkpoint that rank 0 took; null to choose.</param>
    /// <exception cref="ArgumentException">There is no such checkpoint, or no such part.</exception>
    /// <exception cref="CheckpointMismatchException">It does not fit.</exception>
    public static BorrowedStart Load(RunContext context, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options, string? exactly)
    {
        var from = options.StartFrom!;
        if (from.Directory == context.Folder)
            throw new ArgumentException($"StartFrom names the run's own folder, {from.Directory}: a run goes on from there by itself. To go back to an older step of it begin in another folder, with StartFrom naming this one and the step");
        using var checkpoint = exactly is null ? Choose(context, from) : OpenExactly(exactly);
        return from.Parts.Count == 0 ? All(context, parts, options, checkpoint) : Named(parts, from, checkpoint);
    }

    private static Checkpoint Choose(RunContext context, StartFrom from)
    {
        var before = context.Before.SelectMany(attempt => attempt.Events).OfType<Resumed>().LastOrDefault(resumed => resumed.StartedFrom is not null)?.StartedFrom;
        if (before is null || System.IO.Path.GetDirectoryName(before) != from.Directory)
            return from.Open(context.Log);
        if (Directory.Exists(before))
            return OpenExactly(before);
        var other = from.Open(context.Log);
        context.Log.LogWarning("an earlier attempt of this run began with {Before}, which is gone, and has left no checkpoint: this one begins with {Now}", before, other.Path);
        return other;
    }

    // A journal is a story: what stands in it must be a checkpoint's name to be followed.
    private static Checkpoint OpenExactly(string path) =>
        CheckpointNames.StepOf(System.IO.Path.GetFileName(path)) is { } step && System.IO.Path.GetDirectoryName(path) is { } folder
            ? Checkpoint.Open(folder, step)
            : throw new ArgumentException($"{path} is no checkpoint");

    private static BorrowedStart All(RunContext context, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options, Checkpoint checkpoint)
    {
        if (options.StartFrom is { SavedName: not null } or { Strict: false })
            throw new ArgumentException("StartFrom.SavedName and Strict = false are for named parts: name those to load, new StartFrom(directory, \"model\")");
        var began = context.Time.GetTimestamp();
        var opened = checkpoint.Opened;
        if (CheckpointLoad.FindDifferences(opened.Record, parts, options.OptionalParts) is { Count: > 0 } differences)
            throw CheckpointMismatchException.OfLoad(checkpoint.Path, checkpoint.Step, differences, "To begin with some of its parts name them in StartFrom.");
        CheckpointLoad.Restore(opened, parts);
        return new(checkpoint.Path, "all", new RestoreOutcome(
            checkpoint.Step,
            checkpoint.Path,
            opened.Record,
            checkpoint.Skipped,
            Conditions.Changes(opened.Record.Conditions, Conditions.Merge(parts.Select(part => (part.Key, part.Value.Describe())))),
            opened.BytesRead,
            context.Time.GetElapsedTime(began)));
    }

    private static BorrowedStart Named(IReadOnlyDictionary<string, ICheckpointPart> parts, StartFrom from, Checkpoint checkpoint)
    {
        var (loads, differences, words) = (new List<Action>(), new List<string>(), new List<string>());
        foreach (var name in from.Parts.Distinct(StringComparer.Ordinal))
        {
            if (!parts.TryGetValue(name, out var part))
                throw new ArgumentException($"StartFrom names part '{name}', which is not tracked; tracked are {string.Join(", ", parts.Keys)}");
            if (from is { SavedName: null, Strict: true })
            {
                differences.AddRange(part.FindDifferences(checkpoint.Part(name)).Select(difference => $"{name}: {difference}"));
                loads.Add(() => CheckpointLoad.Restore(checkpoint.Opened, checkpoint.Part(name), part));
                words.Add($"part '{name}'");
                continue;
            }

            var match = checkpoint.Match(name, part.Describe().Tensors, from.SavedName, from.Strict);
            differences.AddRange(match.Differences);
            loads.Add(() => CheckpointLoad.Read(checkpoint.Opened, name, match.Wanted));
            words.Add($"{match.Loaded.Loaded.Count} tensors of part '{name}'{(match.AsTheyAre is { Count: > 0 } others ? $" ({Some(others)} as the program made {(others.Count == 1 ? "it" : "them")})" : "")}");
        }

        if (differences.Count > 0)
            throw CheckpointMismatchException.OfLoad(checkpoint.Path, checkpoint.Step, differences, "Say by StartFrom.SavedName which names go together, or with Strict = false load what is in both.");
        foreach (var load in loads)
            load();
        return new(checkpoint.Path, string.Join(", ", words), Restored: null);
    }

    private static string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");
}
