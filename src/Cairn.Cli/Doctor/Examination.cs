using Cairn.Cli.Doctor.Checks;

namespace Cairn.Cli.Doctor;

/// <summary>The checks in the order in which they are told. Each is a pure function of what was read.</summary>
internal static class Examination
{
    private static readonly Func<Patient, IEnumerable<Diagnosis>>[] Checks =
    [
        ControllerCheck.Judge,
        ProcessTrackerCheck.Judge,
        RequeueCheck.Judge,
        RequeueDelayCheck.Judge,
        KillWaitCheck.Judge,
        OverTimeLimitCheck.Judge,
        PreemptionCheck.Judge,
        PartitionsCheck.Judge,
        JobCheck.Judge,
        LaunchCheck.Judge,
        SignalsCheck.Judge,
        FolderCheck.Judge,
        SharedCheck.Judge,
        SpaceCheck.Judge,
        FileSystemCheck.Judge,
        SpeedCheck.Judge,
        TorchSharpCheck.Judge,
    ];

    public static IReadOnlyList<Diagnosis> Of(Patient patient) => [.. Checks.SelectMany(check => check(patient))];
}
