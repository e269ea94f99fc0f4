using Cairn.Cli.Doctor.Facts;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>What matters where several ranks train together: how a step ends, what an MPI is told, and whether the ranks reach their hub.</summary>
internal static class RankChecks
{
    /// <summary>KillOnBadExit: what becomes of the others when a task dies.</summary>
    public static IEnumerable<Diagnosis> BadExit(Patient patient)
    {
        if (patient.Cluster.Number("KillOnBadExit") is not { } ends)
            yield break;
        yield return ends != 0
            ? new("KillOnBadExit", Verdict.Ok, "1: the first task of a step that fails ends the others.")
            : new("KillOnBadExit", Verdict.Note, "0: when a task of a step dies, the others run on, and may wait for it until the job's limit.", "For several ranks: srun --kill-on-bad-exit=1, as cairn script writes it.");
    }

    /// <summary>WaitTime: what becomes of the others when a task has ended.</summary>
    public static IEnumerable<Diagnosis> WaitTime(Patient patient)
    {
        if (patient.Cluster.Number("WaitTime") is not { } seconds)
            yield break;
        yield return seconds == 0
            ? new("WaitTime", Verdict.Ok, "0: a task that has ended starts no clock for the others of its step.")
            : new("WaitTime", Verdict.Note, $"{seconds} s after the first task of a step has ended, with 0 too, the others are killed without a warning, the one that still saves among them.", "For several ranks: srun --wait=0, or let all of them end together.");
    }

    /// <summary>MpiDefault, and what srun can do else.</summary>
    public static IEnumerable<Diagnosis> Mpi(Patient patient)
    {
        if (patient.Cluster.Setting("MpiDefault") is not { Length: > 0 } usual)
            yield break;
        var types = patient.Mpi.Types.Count > 0 ? $" srun --mpi takes {string.Join(", ", patient.Mpi.Types)}{(patient.Mpi.Types.Contains("pmix") ? " (pmix stands there without libpmix, too)" : "")}." : "";
        yield return usual == "none"
            ? new("MPI", Verdict.Note, $"MpiDefault=none: without srun --mpi=TYPE each task of a program with MPICH is a world of one, and OpenMPI does not start.{types}", "For a program with MPI: srun --mpi=pmi2 for MPICH, pmix for OpenMPI; cairn script --mpi writes it.")
            : new("MPI", Verdict.Ok, $"MpiDefault={usual}.{types}");
    }

    /// <summary>On which ports ranks and srun listen.</summary>
    public static IEnumerable<Diagnosis> Ports(Patient patient)
    {
        if (!patient.Cluster.Answers)
            yield break;
        var reserved = patient.Cluster.Setting("MpiParams").Split(',').FirstOrDefault(part => part.StartsWith("ports=", StringComparison.Ordinal));
        var srun = patient.Cluster.Setting("SrunPortRange") is { Length: > 0 } range && range != "0-0" && range != "(null)" ? $"; srun itself takes {range} (SrunPortRange)" : "";
        yield return new("ports", Verdict.Ok, reserved is null
            ? $"none are reserved for steps (MpiParams): where ranks meet is any free port{srun}."
            : $"{reserved["ports=".Length..]} are reserved for steps (MpiParams): ranks meet on the first that their step gets{srun}.");
    }

    /// <summary>UCX takes SIGSEGV, by which .NET learns of a null reference.</summary>
    public static IEnumerable<Diagnosis> Ucx(Patient patient)
    {
        if (patient.Job is null || patient.Mpi.Library is not { } library)
            yield break;
        yield return patient.Mpi.TamesUcx
            ? new("UCX", Verdict.Ok, "it leaves SIGSEGV alone (UCX_HANDLE_ERRORS, UCX_ERROR_SIGNALS).")
            : new("UCX", Verdict.Note, $"{library}: where that MPI goes through UCX, UCX takes SIGSEGV, and a program in .NET dies of the first NullReferenceException that it would have caught.", "For a program in .NET with MPI: export UCX_HANDLE_ERRORS=none in the batch script.");
    }

    /// <summary>Do the nodes of this allocation reach this one?</summary>
    public static IEnumerable<Diagnosis> Hub(Patient patient)
    {
        if (patient.Hub is not { } hub)
            yield break;
        foreach (var alike in hub.Nodes.GroupBy(node => Judge(hub, node)))
            yield return alike.Key with { Says = $"{string.Join(", ", alike)}: {alike.Key.Says}" };
    }

    private static Diagnosis Judge(HubFacts hub, string node)
    {
        const string alone = "Ranks there cannot agree on a step: a run that must (Required) ends with 69, another goes on by the journal alone.";
        const string open = "Open the ports between the nodes of a job; NCCL and gloo need that too. Or have MpiParams=ports=A-B reserve some that are open.";
        var tries = hub.Tries.Where(one => one.Node == node).ToArray();
        if (tries.Length == 0)
            return new("hub", hub.Tries.Count == 0 ? Verdict.Note : Verdict.Warning, $"no answer from there{(hub.Problem is { } problem ? $" ({problem})" : "")}: whether this machine is reached, nobody can tell.", "Try by hand whether srun starts a task there.");
        var missed = string.Join(", ", tries.TakeWhile(one => one.Problem is not null).Select(one => $"{one.Host} ({one.Problem})"));
        if (Array.Find(tries, one => one.Problem is null) is not { } reached)
            return new("hub", Verdict.Warning, $"this machine is not reached as {missed}. {alone}", open);
        return missed.Length == 0
            ? new("hub", Verdict.Ok, $"this machine is reached as {reached.Host}.")
            : new("hub", Verdict.Note, $"this machine is reached as {reached.Host}, but not as {missed}.");
    }
}
