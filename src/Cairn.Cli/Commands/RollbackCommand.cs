using System.CommandLine;
using Cairn.Checkpoints;
using Cairn.Cli.Inspection;
using Cairn.Cli.Inspection.Reports;
using Cairn.Cli.Output;
using Cairn.Slurm;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn rollback</c>.</summary>
internal static class RollbackCommand
{
    public const int RefusedExitCode = 1;

    private const string Description =
        """
        Goes back to an older step of a run on purpose: checkpoints newer than that step are moved aside, nothing is deleted, and the next
        start of the run goes on from there. It is done once, by hand; a job that is requeued later goes on from the new checkpoints.

        Examples:
          cairn rollback checkpoints --to-step 300 --dry-run
          cairn rollback checkpoints --to-step 300

        The checkpoint of that step is read to its last byte first. The newer ones get names like aside-step-0000000400-1, under which no run
        looks for them; remove them when they are not wanted any more, or rename them to have them back. A run that had finished is
        unfinished again. It counts as an attempt of the run (cairn ls), so one that still trains elsewhere stops at its next save.

        Exit codes:
          0    done, or nothing is newer
          1    refused, since an attempt is at work in the folder, or that checkpoint is damaged or of another line of training,
               or the folder could not be written to
          2    there is no such folder or checkpoint, or the command line is wrong
          3    a checkpoint or a journal could not be read now, which is no damage
        """;

    public static Command Create()
    {
        var words = new Argument<string[]>("FOLDER") { Description = $"the checkpoint folder [{FolderWords.Default}]", Arity = ArgumentArity.ZeroOrMore };
        var step = new Option<string>("--to-step") { HelpName = "STEP", Description = "the step to go back to", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "say what would be moved, and move nothing" };
        var format = OutputFormat.Option("text");
        var command = new Command("rollback", Description) { words, step, dryRun, format };
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!, "text");
            var folder = FolderWords.Read(parsed.GetValue(words) ?? []);
            if (folder.Steps.Count > 0)
                throw new UsageException("cairn rollback takes the whole folder, and the step by --to-step.");
            var to = FolderWords.Step(parsed.GetValue(step)!) ?? throw new UsageException("--to-step latest goes back nowhere: give the number of an older step.");
            var entry = (folder with { Steps = [to] }).Chosen()[0];
            try
            {
                var rollback = Rollback.Plan(folder.Folder, entry, TimeProvider.System);
                if (json)
                    Console.Out.WriteLine(new RollbackReport(folder.Folder, to, parsed.GetValue(dryRun), Moved(rollback, parsed.GetValue(dryRun))).Json());
                else if (rollback.Newer.Count == 0)
                    Console.Out.WriteLine($"nothing is newer than step {to} in {folder.Folder}: nothing to do");
                else if (parsed.GetValue(dryRun))
                    Console.Out.WriteLine($"would move aside {rollback.InWords}; the next start would go on from step {to}");
                else
                    Do(rollback, to);
                return ExitCodes.Success;
            }
            catch (CheckpointReadException error)
            {
                Console.Error.WriteLine($"cairn: {error.Message}");
                return VerifyCommand.UnreadableExitCode;
            }
            catch (CairnException error)
            {
                Console.Error.WriteLine($"cairn: {error.Message}");
                return RefusedExitCode;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"cairn: {folder.Folder} cannot be written to, and what was not moved yet is where it was: {error.Message}. See to its rights and its disk, and give the command again");
                return RefusedExitCode;
            }
        });
        return command;
    }

    private static IReadOnlyList<MovedCheckpoint> Moved(Rollback rollback, bool dryRun) =>
        dryRun || rollback.Newer.Count == 0 ? [.. rollback.Newer.Select(entry => new MovedCheckpoint(entry.Step, null))]
        : [.. rollback.Do(Job, new ConsoleLogger()).Select(moved => new MovedCheckpoint(CheckpointNames.StepOf(moved.From)!.Value, moved.Aside))];

    private static SlurmJob? Job => SlurmJob.FromEnvironment(Environment.GetEnvironmentVariable);

    private static void Do(Rollback rollback, long to)
    {
        foreach (var (from, aside) in rollback.Do(Job, new ConsoleLogger()))
            Console.Out.WriteLine($"moved {from} to {aside}");
        Console.Out.WriteLine($"the next start goes on from step {to}; what was moved aside is still there, to be renamed back or removed");
    }
}
