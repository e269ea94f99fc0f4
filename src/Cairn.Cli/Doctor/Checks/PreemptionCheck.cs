using Cairn.Cli.Doctor.Facts;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>What a preemption does, and whether it leaves time to save.</summary>
internal static class PreemptionCheck
{
    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        var (type, mode) = (patient.Cluster.Setting("PreemptType"), patient.Cluster.Setting("PreemptMode"));
        if (type.Length == 0)
            yield break;
        if (type is "preempt/none" or "(null)")
        {
            yield return new("preemption", Verdict.Ok, "none on this cluster (PreemptType=preempt/none).");
            yield break;
        }

        var userSignal = patient.Cluster.Setting("SlurmctldParameters").Split(',').Contains("preempt_send_user_signal");
        yield return new(
            "preemption",
            Verdict.Ok,
            $"{type}, PreemptMode={mode}; it begins with {(userSignal ? "the job's own --signal (preempt_send_user_signal), else with TERM" : "TERM")}, to the tasks of srun alone.");

        // In a job its own partition alone matters.
        var partitions = patient.Cluster.Partitions.Where(partition => patient.Job is not { Job.Partition: { Length: > 0 } own } || partition.Name == own);
        foreach (var group in partitions.Select(partition => (partition.Name, What: Describe(partition, mode, type))).Where(one => one.What is not null).GroupBy(one => one.What!))
            yield return group.Key with { Says = $"{string.Join(", ", group.Select(one => one.Name))}: {group.Key.Says}" };
    }

    private static Diagnosis? Describe(PartitionFacts partition, string clusterMode, string type)
    {
        var mode = partition.PreemptMode.Length > 0 ? partition.PreemptMode : clusterMode;
        var modes = mode.Split(',');
        if (mode.Length == 0 || modes.All(one => one is "OFF" or "GANG"))
            return null;
        if (modes.Contains("SUSPEND"))
            return new("preemption", Verdict.Note, "a preempted job is stopped where it is, without a word, and goes on later; its wall time stands still meanwhile.");
        if (modes.Contains("CANCEL"))
            return new("preemption", Verdict.Note, $"a preempted job is cancelled, {Grace(partition, type)}: it saves and does not come back.", "RequeueIfPreemptionCancels of the options brings it back.");
        return partition.GraceSeconds == 0 && type != "preempt/qos"
            ? new("preemption", Verdict.Note, "a preempted job is requeued with no grace time: it is killed at once, and goes on from its newest checkpoint.", "Save often enough that what lies between two saves may be lost.")
            : new("preemption", Verdict.Ok, $"a preempted job is requeued, {Grace(partition, type)}.");
    }

    private static string Grace(PartitionFacts partition, string type) =>
        type == "preempt/qos" ? "with the grace time of its QOS" : partition.GraceSeconds == 0 ? "with no grace time" : $"with {Duration.Words(TimeSpan.FromSeconds(partition.GraceSeconds))} of grace";
}
