using System.CommandLine;
using Cairn.Cli.Inspection;
using Cairn.Cli.Inspection.Reports;
using Cairn.Cli.Output;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn show</c>.</summary>
internal static class ShowCommand
{
    public const int DamagedExitCode = 1;

    private const string Description =
        """
        Shows one checkpoint whole: who saved it, conditions, values, files, and every tensor with its type, shape, place and hash. Or,
        with --attempts, what happened in all attempts of the job, by their journals.

        Examples:
          cairn show                                the newest
          cairn show checkpoints 120
          cairn show checkpoints/step-0000000120
          cairn show checkpoints latest --tensors 'model/*.bias'
          cairn show checkpoints --attempts

        --format json gives the commit record as docs/checkpoint-format.md describes it, and the events as docs/journal.md does.

        Exit codes:
          0    shown
          1    the checkpoint is damaged; what could be read is shown, and what is wrong
          2    there is no such folder, checkpoint or tensor, or the command line is wrong
          3    the checkpoint could not be read now, which is no damage
        """;

    public static Command Create()
    {
        var words = new Argument<string[]>("FOLDER STEP") { Description = $"the checkpoint folder [{FolderWords.Default}] and a step, or latest [latest]", Arity = ArgumentArity.ZeroOrMore };
        var tensors = new Option<string?>("--tensors") { HelpName = "PATTERN", Description = "these tensors alone, by NAME or PART/NAME, with * and ?" };
        var attempts = new Option<bool>("--attempts") { Description = "what happened in the attempts, instead of a checkpoint" };
        var format = OutputFormat.Option();
        var command = new Command("show", Description) { words, tensors, attempts, format };
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!);
            var folder = FolderWords.Read(parsed.GetValue(words) ?? []);
            if (folder.Steps.Count > 1)
                throw new UsageException("cairn show shows one checkpoint: name one step.");
            if (!parsed.GetValue(attempts))
                return ShowCheckpoint(folder, parsed.GetValue(tensors), json);
            if (folder.Steps.Count > 0 || parsed.GetValue(tensors) is not null)
                throw new UsageException("--attempts tells of the attempts alone: leave out the step and --tensors.");
            return ShowAttempts(folder.Folder, json);
        });
        return command;
    }

    private static int ShowCheckpoint(FolderWords folder, string? tensors, bool json)
    {
        var shown = ShownCheckpoint.Of((folder with { Steps = folder.Steps.Count == 0 ? [null] : folder.Steps }).Chosen()[0]);
        if (tensors is not null)
            shown = shown.WithTensors(tensors);
        if (json)
            Console.Out.WriteLine(CheckpointJson.Write(shown));
        else
            CheckpointTable.Write(shown, onlyTensors: tensors is not null, Tables.Console());
        return shown.Problem is null ? ExitCodes.Success : shown.IsUnreadable ? VerifyCommand.UnreadableExitCode : DamagedExitCode;
    }

    private static int ShowAttempts(string folder, bool json)
    {
        var attempts = Inventory.AttemptsIn(folder, TimeProvider.System);
        using var output = Console.OpenStandardOutput();
        if (json)
            StoryReport.WriteJson(folder, attempts, output);
        else if (attempts.Count > 0)
            StoryReport.WriteTable(attempts, Tables.Console());
        else
            throw new UsageException($"There is no attempt in {folder}: nothing that uses Cairn has run there.");
        return ExitCodes.Success;
    }
}
