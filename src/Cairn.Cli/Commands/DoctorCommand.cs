using System.CommandLine;
using Cairn.Cli.Doctor;
using Cairn.Cli.Doctor.Facts;
using Cairn.Cli.Doctor.Reports;
using Cairn.Cli.Inspection;
using Cairn.Cli.Output;
using Cairn.Interruptions.Signals;
using Cairn.Slurm;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn doctor</c>.</summary>
internal static class DoctorCommand
{
    public const int FoundExitCode = 1;

    private const long Least = 4 << 20;
    private const long Most = 16L << 30;

    private const string Description =
        """
        Says what is true here, on a node or inside a job, as far as checkpoints, stops and requeues depend on it; and what to do.

        Examples:
          cairn doctor --checkpoint-dir /scratch/run7/checkpoints
          srun cairn doctor                 in a batch script: what a program in its place will hear
          cairn doctor                      in a batch script of several nodes: whether each of them reaches this one
          cairn doctor --no-speed --format json

        It asks scontrol, tries out the checkpoint folder (a folder that is not there is not made; what is tried out is taken away again),
        writes and reads a bit to see how fast it is, and looks at what this process inherited. docs/doctor.md explains every check.

        Exit codes:
          0    nothing above a note
          1    warnings or errors
          2    the command line is wrong
        """;

    public static Command Create()
    {
        var folder = new Option<string?>("--checkpoint-dir") { HelpName = "DIR", Description = $"the checkpoint folder [{FolderWords.Default}]" };
        var size = new Option<string>("--size") { HelpName = "SIZE", Description = $"how much to write and read, at most a tenth of what is free: {Sizes.Forms}", DefaultValueFactory = _ => "64MiB" };
        var noSpeed = new Option<bool>("--no-speed") { Description = "do not measure how fast the folder is" };
        var format = OutputFormat.Option();
        var command = new Command("doctor", Description) { folder, size, noSpeed, format };
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!);
            var diagnoses = Examination.Of(Read(FolderWords.Resolve(parsed.GetValue(folder)), parsed.GetValue(noSpeed) ? 0 : Size(parsed.GetValue(size)!)));
            if (json)
                Console.Out.WriteLine(DoctorReport.Json(diagnoses));
            else
                DoctorReport.WriteTable(diagnoses, Tables.Console());
            return DoctorReport.Worst(diagnoses) >= Verdict.Warning ? FoundExitCode : ExitCodes.Success;
        });
        return command;
    }

    private static Patient Read(string folder, long speedBytes)
    {
        // Before anything else: what is started later may change it.
        var signals = SignalState.Read();
        var slurm = new SlurmCommands(TimeProvider.System);
        var cluster = ClusterFacts.Ask(slurm);
        var job = JobFacts.Read(slurm, cluster.Answers, TimeProvider.System);
        return new()
        {
            Signals = signals,
            Cluster = cluster,
            Job = job,
            Mpi = MpiFacts.Read(cluster.Answers),
            Hub = HubProbe.Read(slurm, job, cluster),
            Folder = FolderProbe.Examine(folder, speedBytes),
            Cxx = CxxLibrary.Find(),
        };
    }

    private static long Size(string text) =>
        !Sizes.TryParse(text, out var bytes) ? throw new UsageException($"--size {text} is no size; write {Sizes.Forms}.")
        : bytes is < Least or > Most ? throw new UsageException($"--size {text}: from 4MiB to 16GiB.")
        : bytes;
}
