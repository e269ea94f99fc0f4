using System.CommandLine;
using Cairn.Cli.Inspection;
using Cairn.Cli.Inspection.Reports;
using Cairn.Cli.Output;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn ls</c>.</summary>
internal static class LsCommand
{
    private const string Description =
        """
        Lists a checkpoint folder: checkpoints, what else lies beside them, and how each attempt of the job ended.

        Examples:
          cairn ls
          cairn ls /scratch/run7/checkpoints
          cairn ls --format json | jq '.checkpoints[] | select(.state == "valid") | .step'

        "valid" is a first look: the commit record, every file's size and header. cairn verify reads the rest. "unreadable" could not be
        read now, which is no damage; "superseded" is of another line of training, since a later attempt went on from before it. "shared" is what other
        checkpoints of the folder have too, by hard links: it costs nothing. Times are UTC. Nothing is changed.

        Exit codes:
          0    listed, whatever state they are in
          2    there is no such folder, or the command line is wrong
        """;

    public static Command Create()
    {
        var folder = new Argument<string?>("FOLDER") { Description = $"the checkpoint folder [{FolderWords.Default}]", Arity = ArgumentArity.ZeroOrOne };
        var format = OutputFormat.Option();
        var command = new Command("ls", Description) { folder, format };
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!);
            var words = FolderWords.Read(parsed.GetValue(folder) is { } given ? [given] : []);
            if (words.Steps.Count > 0)
                throw new UsageException($"cairn ls lists a whole folder; for one checkpoint there is cairn show {parsed.GetValue(folder)}.");
            var inventory = Inventory.Of(words.Folder, TimeProvider.System);
            if (json)
                Console.Out.WriteLine(InventoryJson.Write(inventory));
            else
                InventoryTable.Write(inventory, Tables.Console());
            return ExitCodes.Success;
        });
        return command;
    }
}
