using Cairn.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Cairn;

/// <summary>
/// Where a run begins that has no checkpoint of its own yet: with another run's. Named parts are loaded and the steps begin at 0
/// (fine-tuning); without names all parts are, and the steps go on from that checkpoint's (another try from an older step, which leaves
/// the first run as it is).
/// </summary>
/// <remarks>
/// It is looked at until the run has a checkpoint of its own. An attempt that was stopped before begins again with the very checkpoint that
/// the first one took, as long as it is there. The other run's folder is only read.
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
    /// <summary>Names a checkpoint folder, and what to take.</summary>
    /// <param name="directory">The other run's checkpoint folder.</param>
    /// <param name="parts">The tracked parts to load. None: all of them, and the number of steps.</param>
    public StartFrom(string directory, params string[] parts)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(parts);
        Directory = Path.GetFullPath(directory);
        Parts = [.. parts];
    }

    /// <summary>The other run's checkpoint folder, as a full path.</summary>
    public string Directory { get; }

    /// <summary>The parts to load; none for all.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>The checkpoint's step. Default: null, the newest.</summary>
    public long? Step { get; set; }

    /// <summary>The metric by which the best checkpoint is taken (<see cref="TrainingRun.Report"/>). Default: null, the newest.</summary>
    public string? Metric { get; set; }

    /// <summary>Which values of <see cref="Metric"/> are better. Default: the lowest.</summary>
    public Best Best { get; set; }

    /// <summary>
    /// With named parts: the name in the checkpoint of a tensor's name in the program, or null to leave that tensor as it is.
    /// Default: null, the same names.
    /// </summary>
    public Func<string, string?>? SavedName { get; set; }

    /// <summary>
    /// With named parts: whether it is an error when a tensor is not in the checkpoint, or one of it has nothing that takes it. Where it is not,
    /// what begins as it is, is said. Default: true.
    /// </summary>
    public bool Strict { get; set; } = true;

    /// <exception cref="ArgumentException">There is no such checkpoint.</exception>
    /// <exception cref="NoValidCheckpointException">There is none that can be used.</exception>
    internal Checkpoint Open(ILogger log) =>
        Step is { } step ? Checkpoint.Open(Directory, step)
        : Metric is { } metric ? Checkpoint.OpenBest(Directory, metric, Best, log)
        : Checkpoint.OpenNewest(Directory, log);
}
