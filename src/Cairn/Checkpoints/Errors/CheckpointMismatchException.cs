namespace Cairn;

/// <summary>
/// A checkpoint does not fit what is to take it: parts, tensors or shapes differ. At a run's start Cairn does not
/// look for an older checkpoint that fits, because that would throw work away without a word.
/// </summary>
public sealed class CheckpointMismatchException : CairnException
{
    internal CheckpointMismatchException(string path, long step, IReadOnlyList<string> differences, bool stateTouched)
        : this(path, step, $"checkpoint {path} (step {step})", differences, stateTouched, "Run the program that made it, name whole parts that may be missing in TrainingRunOptions.OptionalParts, or give another checkpoint directory to start anew.")
    {
    }

    private CheckpointMismatchException(string path, long step, string source, IReadOnlyList<string> differences, bool stateTouched, string advice)
        : base(Describe(source, differences, stateTouched, advice), ExitCodes.NeverRequeue)
    {
        Path = path;
        Step = step;
        Differences = differences;
        StateTouched = stateTouched;
    }

    /// <summary>The checkpoint's directory, or the file.</summary>
    public string Path { get; }

    /// <summary>The checkpoint's step; 0 of a file.</summary>
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
        new(path, step, $"checkpoint {path} (step {step})", differences, stateTouched: false, advice);

    /// <summary>A file that is no checkpoint's.</summary>
    internal static CheckpointMismatchException OfFile(string path, IReadOnlyList<string> differences, string advice) =>
        new(path, step: 0, path, differences, stateTouched: false, advice);

    private static string Describe(string source, IReadOnlyList<string> differences, bool stateTouched, string advice) =>
        $"{source} does not fit this program. {(stateTouched ? "A newer, broken one was partly loaded, so this state can't be trained on." : "Nothing was loaded.")}"
        + string.Concat(differences.Select(difference => $"{Environment.NewLine}  {difference}"))
        + Environment.NewLine + advice;
}
