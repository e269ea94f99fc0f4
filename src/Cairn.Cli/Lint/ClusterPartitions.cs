using System.ComponentModel;
using System.Diagnostics;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint;

/// <summary>The partitions of the cluster that this machine belongs to.</summary>
internal static class ClusterPartitions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks scontrol; empty where there is none, or it does not answer in time.</summary>
    public static IReadOnlyList<Partition> Ask()
    {
        var start = new ProcessStartInfo("scontrol", ["--oneliner", "show", "partition"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        start.Environment["LC_ALL"] = "C";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            if (process.WaitForExit(Patience))
                return process.ExitCode == 0 && Task.WaitAll([output, errors], Patience) ? Parse(output.Result) : [];
            process.Kill(); // it alone: to look for children, which it has not, takes all of /proc, and can fail
            return [];
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return []; // No Slurm here.
        }
    }

    /// <summary>Reads the answer, a line a partition. A partition with a limit that cannot be read counts as one without.</summary>
    public static IReadOnlyList<Partition> Parse(string answer) =>
    [
        .. from line in answer.Split('\n')
           let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               .Select(field => field.Split('=', 2)).Where(pair => pair.Length == 2)
               .DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal)
           where fields.ContainsKey("PartitionName")
           select new Partition(fields["PartitionName"], fields.GetValueOrDefault("Default") == "YES", Limit(fields.GetValueOrDefault("MaxTime", "UNLIMITED"))),
    ];

    private static TimeSpan? Limit(string text) => TimeLimit.TryParse(text, out var limit) ? limit : null;
}
