using System.CommandLine;
using Cairn.Cli.Inspection;
using Cairn.Cli.Inspection.Reports;
using Cairn.Cli.Output;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn prune</c>.</summary>
internal static class PruneCommand
{
    public const int RefusedExitCode = 1;

    private const string Description =
        """
        Deletes checkpoints that nothing keeps, and says what that frees. Several --keep options add up: what one of them keeps stays.

        Examples:
          cairn prune --keep-last 3 --dry-run
          cairn prune /scratch/run7/checkpoints --keep-last 2 --keep-every 1000
          cairn prune --keep-last 2 --keep-lowest val_loss:3

        The two newest valid checkpoints always stay; they are read to their last byte before anything goes, and a damaged one does not
        count as valid. What cannot be read, what is of another line of training, and what was moved aside is left
        alone. While an attempt is at work in the folder nothing is deleted: the run prunes by itself.

        Exit codes:
          0    done, or nothing to do
          1    refused, since an attempt is at work in the folder; or something could not be deleted
          2    there is no such folder or metric, or the command line is wrong
          3    a checkpoint could not be read now (no rights, a stale handle, an I/O error): it stays, and so do those of which
               nobody can tell without it
        """;

    public static Command Create()
    {
        var folder = new Argument<string?>("FOLDER") { Description = $"the checkpoint folder [{FolderWords.Default}]", Arity = ArgumentArity.ZeroOrOne };
        var keep = new KeepOptions();
        var dryRun = new Option<bool>("--dry-run") { Description = "say what would be deleted, and delete nothing" };
        var format = OutputFormat.Option();
        var command = new Command("prune", Description) { folder, dryRun, format };
        foreach (var option in keep.All)
            command.Add(option);
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!);
            var (policy, metrics) = keep.Read(parsed);
            var words = FolderWords.Read(parsed.GetValue(folder) is { } given ? [given] : []);
            if (words.Steps.Count > 0)
                throw new UsageException($"cairn prune takes the whole folder {words.Folder}, and options that say what to keep.");
            try
            {
                return Prune(Inventory.Of(words.Folder, TimeProvider.System), policy, metrics, parsed.GetValue(dryRun), json);
            }
            catch (FolderInUseException error)
            {
                return Refuse(error.Message);
            }
            catch (CheckpointReadException error)
            {
                Refuse($"nothing is deleted: {error.Message}");
                return VerifyCommand.UnreadableExitCode;
            }
        });
        return command;
    }

    private static int Prune(Inventory inventory, RetentionPolicy policy, IReadOnlyList<string> metrics, bool dryRun, bool json)
    {
        using var line = new ProgressLine();
        var verification = new Verification
        {
            OnProgress = (entry, done, all) => line.Show(() => $"reading step {entry.Step}, which stays: {Bytes.Words(done)} of {Bytes.Words(all)}"),
        };
        using var pruning = new Pruning(inventory, verification, new ConsoleLogger(), TimeProvider.System);
        var obstacle = pruning.Obstacle();
        if (obstacle is not null && !dryRun)
            return Refuse($"nothing is deleted in {inventory.Folder}: {obstacle}. Wait for its end, or stop it.");
        var superfluous = pruning.Find(policy, metrics);
        line.Dispose();
        var freed = Frees(inventory, superfluous);
        var gone = dryRun ? superfluous : pruning.Delete(superfluous);
        var report = new PruneReport(
            inventory.Folder,
            dryRun,
            [.. gone.Select(one => one.Entry.Step)],
            [.. superfluous.Except(gone).Select(one => one.Entry.Step)],
            [.. inventory.Checkpoints.Except(gone).Select(one => one.Entry.Step)],
            [.. pruning.LeftAlone.Select(one => new LeftAlone(one.Step, one.Why))],
            inventory.FreedBytes(gone));
        if (json)
            Console.Out.WriteLine(report.Json());
        else
            report.WriteTable(freed, Tables.Console());
        if (obstacle is not null)
            return Refuse($"without --dry-run nothing would be deleted now: {obstacle}.");
        return report.NotDeleted.Count > 0 ? RefusedExitCode : pruning.LeavesUnreadable ? VerifyCommand.UnreadableExitCode : ExitCodes.Success;
    }

    // A file that several share comes free with the last of them.
    private static Dictionary<long, long> Frees(Inventory inventory, IReadOnlyList<ListedCheckpoint> superfluous)
    {
        var freed = new Dictionary<long, long>();
        for (var i = 0; i < superfluous.Count; i++)
            freed[superfluous[i].Entry.Step] = inventory.FreedBytes([.. superfluous.Take(i + 1)]) - inventory.FreedBytes([.. superfluous.Take(i)]);
        return freed;
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine($"cairn: {why}");
        return RefusedExitCode;
    }
}
