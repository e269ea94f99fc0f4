using Cairn.Checkpoints;

namespace Cairn;

/// <summary>Plain values of a program as parts of its run: <c>run.Track("best", () =&gt; best, value =&gt; best = value)</c>.</summary>
public static class TrackedValues
{
    /// <summary>Tracks a whole number.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="get">Reads the value at a save.</param>
    /// <param name="set">Puts it back at a restore.</param>
    public static void Track(this TrainingRun run, string name, Func<long> get, Action<long> set) => Track(run, name, ValuePart.Of(get, set));

    /// <summary>Tracks a double, to the last bit.</summary>
    /// <inheritdoc cref="Track(TrainingRun, string, Func{long}, Action{long})"/>
    public static void Track(this TrainingRun run, string name, Func<double> get, Action<double> set) => Track(run, name, ValuePart.Of(get, set));

    /// <summary>Tracks true or false.</summary>
    /// <inheritdoc cref="Track(TrainingRun, string, Func{long}, Action{long})"/>
    public static void Track(this TrainingRun run, string name, Func<bool> get, Action<bool> set) => Track(run, name, ValuePart.Of(get, set));

    /// <summary>Tracks a text, or null.</summary>
    /// <inheritdoc cref="Track(TrainingRun, string, Func{long}, Action{long})"/>
    public static void Track(this TrainingRun run, string name, Func<string?> get, Action<string?> set) => Track(run, name, ValuePart.Of(get, set));

    private static void Track(TrainingRun run, string name, ValuePart part)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Track(name, part);
    }
}
