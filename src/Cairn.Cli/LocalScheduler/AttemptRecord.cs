namespace Cairn.Cli.LocalScheduler;

/// <summary>One life of the job, when it is over.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="Started">When it began.</param>
/// <param name="RanFor">Until nothing of it was left.</param>
/// <param name="EndedBecause">In words.</param>
/// <param name="ExitCode">Of the batch shell, or the highest of the tasks.</param>
internal sealed record AttemptRecord(int Number, DateTimeOffset Started, TimeSpan RanFor, string EndedBecause, int ExitCode);
