using Cairn.Cli.LocalScheduler.Jobs;

namespace Cairn.Cli.LocalScheduler;

/// <summary>A step of srun, or the one that stands in its place where there is no batch script.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Layout">Its tasks, and their nodes.</param>
/// <param name="Name">The program's name.</param>
/// <param name="Started">When.</param>
/// <param name="Processes">Its tasks; none until srun has started them.</param>
internal sealed record Step(int Number, TaskLayout Layout, string Name, DateTimeOffset Started, IReadOnlyList<int> Processes)
{
    /// <summary>Signals that came before srun has said which processes its tasks are: some may run already, and hear them then.</summary>
    public List<int> SentWhileStarting { get; } = [];

    public bool IsStarting => Processes.Count == 0;
}
