using Cairn.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Cairn;

/// <summary>
/// Where a run begins that has no checkpoint of its own yet: with another run's, or with a safetensors file. Named parts are loaded and the
/// steps begin at 0 (fine-tuning); without names all parts are, and the steps go on from that checkpoint's (another try from an older
/// step, which leaves the first run as it is).
/// </summary>
/// <remarks>
/// It is looked at until the run has a checkpoint of its own. An attempt that was stopped before begins again with the very checkpoint that
/// the first one took, as long as it is there and the program asks for it in the same way. The source is only read.
/// </remarks>
/// <example>
/// <code>
/// // The model of another run, all but a new head.
/// StartFrom = new("pretrained", "model") { SavedName = name =&gt; name.StartsWith("head.") ? null : name, Strict = false }
///
/// // Once more from step 300, in a folder of its own.
/// StartFrom = new("checkpoints") { Step = 300 }
/// </code>
/// </example>
public sealed class StartFrom
{
    /// <summary>Names the source, and what to take.</summary>
    /// <param name="source">The other run's checkpoint folder, or a safetensors file.</param>
    /// <param name="parts">The tracked parts to load; of a file one. None: all of them, and the number of steps.</param>
    public StartFrom(string source, params string[] parts)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentNullException.ThrowIfNull(parts);
        Source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));
        Parts = [.. parts.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The checkpoint folder or the file, as a full path.</summary>
    public string Source { get; }

    /// <summary>The parts to load; none for all.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>The checkpoint's step. Default: null, the newest.</summary>
    public long? Step { get; set; }

    /// <summary>The metric by which the best checkpoint is taken (<see cref="TrainingRun.Report"/>). Default: null, the newest.</summary>
    public string? Metric { get; set; }

    /// <summary>Which values of <see cref="Metric"/> are better. Default: the lowest.</summary>
    public MetricGoal Goal { get; set; }

    /// <summary>
    /// With named parts: the name in the source of a tensor's name in the program, or null to leave that tensor as it is.
    /// Default: null, the same names. A plain value is loaded as it is; of a part that has values beside its tensors (an optimizer) the tensors
    /// alone are, and that is said: name such a part without this.
    /// </summary>
    public Func<string, string?>? SavedName { get; set; }

    /// <summary>
    /// With named parts: whether it is an error when a tensor is not in the source, or one of it has nothing that takes it. Where it is not,
    /// what begins as it is, is said. Default: true.
    /// </summary>
    public bool Strict { get; set; } = true;

    /// <summary>Whether the source is a file. What is not there is taken for the one that its name says.</summary>
    internal bool IsFile => File.Exists(Source) || (!Directory.Exists(Source) && Path.GetExtension(Source) is ".safetensors" or ".pt" or ".pth" or ".bin");

    /// <summary>Which checkpoint is asked for, to be compared with what an earlier attempt asked for; null where it is a file.</summary>
    internal string? Choice => IsFile ? null : Step is { } step ? $"step {step}" : Metric is null ? "newest" : Goal == MetricGoal.Minimize ? $"lowest {Metric}" : $"highest {Metric}";

    /// <exception cref="ArgumentException">What is asked for contradicts itself.</exception>
    internal void Check()
    {
        if (Step is not null && Metric is not null)
            throw new ArgumentException("StartFrom has both Step and Metric: give one of them");
        if (Parts.Count == 0 && (SavedName is not null || !Strict))
            throw new ArgumentException("StartFrom.SavedName and Strict = false are for named parts: name those to load, new StartFrom(source, \"model\")");
        if (!IsFile)
            return;
        if (Parts.Count != 1)
            throw new ArgumentException($"StartFrom names the file {Source}, which has the tensors of one part: say which, new StartFrom(file, \"model\")");
        if (Step is not null || Metric is not null)
            throw new ArgumentException($"StartFrom names the file {Source}, in which there are no steps: leave out Step and Metric");
    }

    /// <exception cref="ArgumentException">There is no such checkpoint.</exception>
    /// <exception cref="NoValidCheckpointException">There is none that can be used.</exception>
    internal Checkpoint Open(ILogger log) =>
        Step is { } step ? Checkpoint.Open(Source, step)
        : Metric is { } metric ? Checkpoint.OpenBest(Source, metric, Goal, log)
        : Checkpoint.OpenNewest(Source, log);
}
