using System.CommandLine;
using System.Diagnostics;
using Cairn.Cli.Inspection;
using Cairn.Cli.Inspection.Reports;
using Cairn.Cli.Output;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn verify</c>.</summary>
internal static class VerifyCommand
{
    public const int DamagedExitCode = 1;
    public const int UnreadableExitCode = 3;

    private const string Description =
        """
        Reads every byte of checkpoints and compares it with the hashes in their commit records: one flipped bit is found and named.

        Examples:
          cairn verify                              all checkpoints of the folder
          cairn verify /scratch/run7/checkpoints latest
          cairn verify checkpoints 120 130
          cairn verify checkpoints/step-0000000120

        A file that several checkpoints share, by hard links, is read once. On a terminal a line on standard error says how far it is.
        Nothing is changed; it may run while a job trains in the folder.

        Exit codes:
          0    every byte is as it was saved
          1    something is damaged; the table names file, tensor and what is wrong
          2    there is no such folder or checkpoint, or the command line is wrong
          3    something could not be read now (no rights, a stale handle, an I/O error), which is no damage; nothing is damaged
        """;

    public static Command Create()
    {
        var words = new Argument<string[]>("FOLDER STEP") { Description = $"the checkpoint folder [{FolderWords.Default}] and steps, or latest [all]", Arity = ArgumentArity.ZeroOrMore };
        var format = OutputFormat.Option();
        var command = new Command("verify", Description) { words, format };
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!);
            var folder = FolderWords.Read(parsed.GetValue(words) ?? []);
            var entries = folder.Chosen();
            var took = Stopwatch.StartNew();
            var (verified, bytes) = Verify(entries);
            if (json)
                Console.Out.WriteLine(VerifyReport.Json(folder.Folder, verified));
            else
                VerifyReport.WriteTable(verified, bytes, took.Elapsed, Tables.Console());
            return verified.Any(VerifyReport.IsDamaged) ? DamagedExitCode : verified.Any(VerifyReport.IsUnreadable) ? UnreadableExitCode : ExitCodes.Success;
        });
        return command;
    }

    private static (IReadOnlyList<VerifiedCheckpoint> Verified, long Bytes) Verify(IReadOnlyList<Checkpoints.CheckpointEntry> entries)
    {
        using var line = new ProgressLine();
        var verified = new List<VerifiedCheckpoint>();
        var verification = new Verification
        {
            OnProgress = (entry, done, all) => line.Show(() =>
                $"verifying step {entry.Step} ({verified.Count + 1} of {entries.Count}): {Bytes.Words(done)} of {Bytes.Words(all)}"),
        };
        foreach (var entry in entries)
            verified.Add(verification.Verify(entry));
        return (verified, verification.BytesRead);
    }
}
