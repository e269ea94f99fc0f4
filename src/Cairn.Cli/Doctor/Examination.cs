using Cairn.Cli.Doctor.Checks;

namespace Cairn.Cli.Doctor;

/// <summary>The checks in the order in which they are told. Each is a pure function of what was read.</summary>
internal static class Examination
{
    private static readonly Func<Patient, IEnumerable<Diagnosis>>[] Checks =
    [
        ClusterChecks.Answers,
        ClusterChecks.ProcessTracker,
        ClusterChecks.Requeue,
        ClusterChecks.RequeueDelay,
        ClusterChecks.KillWait,
        ClusterChecks.OverTimeLimit,
        PreemptionCheck.Judge,
        ClusterChecks.Partitions,
        RankChecks.BadExit,
        RankChecks.WaitTime,
        RankChecks.Mpi,
        RankChecks.Ports,
        JobChecks.Job,
        JobChecks.Launch,
        JobChecks.Signals,
        RankChecks.Hub,
        RankChecks.Ucx,
        FolderChecks.Writable,
        FolderChecks.Shared,
        FolderChecks.Space,
        FolderChecks.FileSystem,
        FolderChecks.Stripes,
        FolderChecks.Speed,
        TorchSharpCheck.Judge,
    ];

    public static IReadOnlyList<Diagnosis> Of(Patient patient) => [.. Checks.SelectMany(check => check(patient))];
}
