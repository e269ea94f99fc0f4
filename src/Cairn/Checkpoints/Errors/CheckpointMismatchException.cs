namespace Cairn;

/// <summary>
/// A checkpoint does not fit what is to take it: parts, tensors or shapes differ. At a run's start Cairn does not
/// look for an older checkpoint that fits, because that would throw work away without a word.
/// </summary>
public sealed class CheckpointMismatchException : CairnException
{
    internal CheckpointMismatchException(string path, long step, IReadOnlyList<string> differences, bool stateTouched)
        : this(path, step, differences, stateTouched, "Run the program that made it, name whole parts that may be missing in TrainingRunOptions.OptionalParts, or give another checkpoint directory to start anew.")
    {
    }

    private CheckpointMismatchException(string path, long step, IReadOnlyList<string> differences, bool stateTouched, string advice)
        : base(Describe(path, step, differences, stateTouched, advice), ExitCodes.NeverRequeue)
    {
        Path = path;
        Step = step;
        Differences = differences;
        StateTouched = stateTouched;
    }

    /// <summary>The checkpoint's directory.</summary>
    public string Path { get; }

    /// <summary>The checkpoint's step.</summary>
    public long Step { get; }

    /// <summary>Every difference of every part, a sentence each.</summary>
    public IReadOnlyList<string> Differences { get; }

    /// <summary>
    /// Whether a newer, broken checkpoint was partly loaded before this one was looked at; then the state in memory is
    /// not to be trained on. Usually false: nothing was loaded.
    /// </summary>
    public bool StateTouched { get; }

    /// <summary>One that was to be loaded without a run.</summary>
    internal static CheckpointMismatchException OfLoad(string path, long step, IReadOnlyList<string> differences, string advice) =>
        new(path, step, differences, stateTouched: false, advice);

    private static string Describe(string path, long step, IReadOnlyList<string> differences, bool stateTouched, string advice) =>
        $"checkpoint {path} (step {step}) does not fit this program. {(stateTouched ? "A newer, broken one was partly loaded, so this state can't be trained on." : "Nothing was loaded.")}"
        + string.Concat(differences.Select(difference => $"{Environment.NewLine}  {difference}"))
        + Environment.NewLine + advice;
}
