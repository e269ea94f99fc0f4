using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>The begin of a run with what another one, or anybody, has left (<see cref="StartFrom"/>).</summary>
/// <param name="Path">The checkpoint, or the file.</param>
/// <param name="Words">What was taken of it, and what was not.</param>
/// <param name="Restored">Where all of it was, the steps too; else null.</param>
internal sealed record BorrowedStart(string Path, string Words, RestoreOutcome? Restored)
{
    private const string Advice = "Say by StartFrom.SavedName which names go together, or with Strict = false load what is in both.";

    /// <summary>Loads it. Nothing is touched unless all of it fits.</summary>
    /// <param name="context">The run.</param>
    /// <param name="parts">The tracked parts.</param>
    /// <param name="options">The user's options, with <see cref="TrainingRunOptions.StartFrom"/>.</param>
    /// <param name="exactly">What rank 0 took; null to choose.</param>
    /// <exception cref="ArgumentException">There is no such checkpoint, or no such part.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointMismatchException">It does not fit.</exception>
    public static BorrowedStart Load(RunContext context, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options, string? exactly)
    {
        var from = options.StartFrom!;
        from.Check();
        if (from.Source == context.Folder)
            throw new ArgumentException($"StartFrom names the run's own folder, {from.Source}, where it goes on by itself. To go back to an older step: cairn rollback {from.Source} --to-step N");
        if (from.Parts.FirstOrDefault(part => !parts.ContainsKey(part)) is { } unknown)
            throw new ArgumentException($"StartFrom names part '{unknown}', which is not tracked; tracked are {string.Join(", ", parts.Keys)}");
        if (from.IsFile)
            return OfFile(parts, from);
        using var checkpoint = exactly is null ? Choose(context, from) : OpenExactly(exactly);
        return from.Parts.Count == 0 ? All(context, parts, options, checkpoint) : Named(parts, from, checkpoint);
    }

    private static Checkpoint Choose(RunContext context, StartFrom from)
    {
        var begun = context.Before.SelectMany(attempt => attempt.Events).OfType<Resumed>().LastOrDefault(resumed => resumed.StartedFrom is not null);
        if (begun?.StartedFrom is not { } before || System.IO.Path.GetDirectoryName(before) != from.Source || begun.Choice != from.Choice) // the program asks for another one now
            return from.Open(context.Log);
        if (Directory.Exists(before))
            return OpenExactly(before);
        var other = from.Open(context.Log);
        context.Log.LogWarning(LogEvents.OtherStart, "an earlier attempt of this run began with {Before}, which is gone, and has left no checkpoint: this one begins with {Now}", before, other.Path);
        return other;
    }

    // A journal is a story: what stands in it must be a checkpoint's name to be followed.
    private static Checkpoint OpenExactly(string path) =>
        CheckpointNames.StepOf(System.IO.Path.GetFileName(path)) is { } step && System.IO.Path.GetDirectoryName(path) is { } folder
            ? Checkpoint.Open(folder, step)
            : throw new ArgumentException($"{path} is no checkpoint");

    private static BorrowedStart All(RunContext context, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options, Checkpoint checkpoint)
    {
        var began = context.Time.GetTimestamp();
        var opened = checkpoint.Opened;
        if (CheckpointLoad.FindDifferences(opened, parts, options.OptionalParts) is { Count: > 0 } differences)
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

    /// <summary>Loads the named parts of a checkpoint. Nothing is touched unless all of them fit.</summary>
    /// <exception cref="ArgumentException">There is no such part.</exception>
    /// <exception cref="CheckpointMismatchException">They do not fit; all differences are listed.</exception>
    public static BorrowedStart Named(IReadOnlyDictionary<string, ICheckpointPart> parts, StartFrom from, Checkpoint checkpoint)
    {
        var (loads, differences, words) = (new List<Action>(), new List<string>(), new List<string>());
        foreach (var name in from.Parts)
        {
            var (saved, part) = (checkpoint.Part(name), parts[name]);

            // A plain value has no tensors to choose from, and neither has what each rank has of its own.
            if (from is { SavedName: null, Strict: true } || saved.Tensors.Count == 0 || saved.Ranks > 0)
            {
                var recorded = checkpoint.Opened.Record.Parts.First(one => one.Name == name);
                differences.AddRange(CheckpointLoad.FindDifferences(checkpoint.Opened, recorded, part).Select(difference => $"{name}: {difference}"));
                loads.Add(() => CheckpointLoad.Restore(checkpoint.Opened, recorded, part));
                words.Add($"part '{name}'");
                continue;
            }

            var match = checkpoint.Match(name, part.Describe().Tensors, from.SavedName, from.Strict);
            differences.AddRange(match.Differences);
            loads.Add(() => match.Load(part, targets => CheckpointLoad.Read(checkpoint.Opened, name, targets)));
            words.Add(InWords(match, name) + (saved.Values.Count > 0 ? $", without its values ({Some([.. saved.Values.Keys.Order(StringComparer.Ordinal)])})" : ""));
        }

        if (differences.Count > 0)
            throw CheckpointMismatchException.OfLoad(checkpoint.Path, checkpoint.Step, differences, Advice);
        foreach (var load in loads)
            load();
        return new(checkpoint.Path, string.Join(", ", words) + TheOthers(parts, from), Restored: null);
    }

    /// <summary>Loads a safetensors file into the one part that is named.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointMismatchException">It does not fit; all differences are listed.</exception>
    public static BorrowedStart OfFile(IReadOnlyDictionary<string, ICheckpointPart> parts, StartFrom from)
    {
        using var file = SafetensorsFile.Open(from.Source);
        var part = parts[from.Parts[0]];
        var match = file.Match(part.Describe().Tensors, from.SavedName, from.Strict);
        if (match.Differences.Count > 0)
            throw CheckpointMismatchException.OfFile(file.Path, match.Differences, Advice);
        match.Load(part, file.Read);
        return new(file.Path, InWords(match, from.Parts[0]) + TheOthers(parts, from), Restored: null);
    }

    private static string InWords(TensorMatch match, string part) =>
        $"{match.Loaded.Loaded.Count} tensors of part '{part}'{(match.AsTheyAre.Count == 0 ? "" : $" ({Some(match.AsTheyAre)} as the program made {(match.AsTheyAre.Count == 1 ? "it" : "them")})")}";

    private static string TheOthers(IReadOnlyDictionary<string, ICheckpointPart> parts, StartFrom from) =>
        parts.Keys.Where(name => !from.Parts.Contains(name)).Select(name => $"'{name}'").ToList() is { Count: > 0 } others ? $" (as the program made them: {Some(others)})" : "";

    private static string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");
}
