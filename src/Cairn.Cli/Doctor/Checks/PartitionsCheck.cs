using Cairn.Cli.Doctor.Facts;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>Which partitions there are, and how long jobs may run there.</summary>
internal static class PartitionsCheck
{
    public static IEnumerable<Diagnosis> Judge(Patient patient) =>
        from partition in patient.Cluster.Partitions
        group $"{partition.Name}{(partition.IsDefault ? " (default)" : "")}" by (Limits: Limits(partition), partition.State) into alike
        let says = $"{string.Join(", ", alike)}: {alike.Key.Limits}"
        select alike.Key.State == "UP" ? new Diagnosis("partitions", Verdict.Ok, says + ".") : new Diagnosis("partitions", Verdict.Note, $"{says}; {alike.Key.State}.");

    private static string Limits(PartitionFacts partition) =>
        (partition.MaxTime is null ? "no limit" : $"at most {TimeLimit.Format(partition.MaxTime)}")
        + (partition.DefaultTime is { } usual ? $", {TimeLimit.Format(usual)} without --time" : "");
}
