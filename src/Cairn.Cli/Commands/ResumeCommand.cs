using System.CommandLine;
using System.Globalization;
using Cairn.Cli.Inspection;
using Cairn.Cli.Output;
using Cairn.Cli.Stopping;
using Cairn.Cli.Submissions;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn resume</c>.</summary>
internal static class ResumeCommand
{
    private const int RunsExitCode = 1;

    private const string Description =
        """
        Lets a run go on that cairn stop has stopped: from its newest checkpoint, by the same script.

        Examples:
          cairn resume 4711
          cairn resume /scratch/run7/checkpoints

        A job that is held in the queue is released; one that has ended and that Slurm still knows, for some minutes as a rule, is
        requeued; else what cairn submit has recorded below this folder is submitted again. Where none of these can be done it says
        what to type. The file that stopped the run is removed first, so whoever starts it again by hand goes on, too.

        Exit codes:
          0    it is in the queue, or was there already
          1    it runs
          2    there is no such job or folder, or the command line is wrong
          69   it is not in the queue: the message says what to type
        """;

    public static Command Create()
    {
        var word = new Argument<string>("JOB | FOLDER") { Description = "a job's id (4711, 4711_3), or a checkpoint folder" };
        var format = OutputFormat.Option("text", "what is written to standard output");
        var command = new Command("resume", Description) { word, format };
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!, "text");
            var (report, code) = Resume(StopTarget.Find(parsed.GetValue(word)!));
            report?.Write(json);
            return code;
        });
        return command;
    }

    private static (StopReport? Report, int Code) Resume(StopTarget target)
    {
        var queued = target.Queued();
        if (queued is { IsRunning: true })
        {
            Console.Error.WriteLine($"cairn: {target.Name} is {queued.State}: wait until it has stopped{(File.Exists(target.Mark) ? ", which it is asked to" : "")}");
            return (null, RunsExitCode);
        }

        try
        {
            if (target.Mark is { } mark)
                File.Delete(mark);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cairn: {target.Mark} cannot be removed, so the run would stop again: {error.Message}");
            return (null, ExitCodes.RequeueFailed);
        }

        if (target.Job is not { } job)
            return NotQueued("it was started without Slurm: start its program again");
        if (queued is { IsWaiting: true, Reason: not ("JobHeldUser" or "JobHeldAdmin") })
            return Done("nothing", $"{target.Name} waits in the queue ({queued.Reason})");
        var what = queued is { IsWaiting: true } ? "release" : "requeue";
        var refusal = queued is null ? "Slurm does not know it any more" : Scontrol.Do(what, job);
        if (refusal is null)
            return Done(what + "d", $"{target.Name} is {what}d, and goes on from its newest checkpoint");
        return queued is { IsWaiting: true } ? NotQueued($"{refusal}: scontrol release {job}") : SubmitAgain(job, refusal);

        (StopReport? Report, int Code) Done(string did, string words) => (new(target, did, null, words), ExitCodes.Success);

        (StopReport? Report, int Code) NotQueued(string why)
        {
            Console.Error.WriteLine($"cairn: {target.Name} is free to go on, but not in the queue: {why}");
            return (null, ExitCodes.RequeueFailed);
        }

        (StopReport? Report, int Code) SubmitAgain(string id, string why)
        {
            if (Recorded(id) is not { } record)
                return NotQueued($"{why}, and no record of cairn submit below {Environment.CurrentDirectory} names it; submit the same script again");
            if (!File.Exists(record.Script))
                return NotQueued($"{why}, and the script {record.Script} that was submitted is gone");
            if (record is { JobIds.Count: > 1 } or { Arguments: null })
                return NotQueued($"{why}; submit it again as before: cairn submit {(record.JobIds.Count > 1 ? $"--chain {record.JobIds.Count} " : "")}{record.Script}");
            var name = $"{TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{Environment.ProcessId}.json";
            var submitted = Submitter.Submit(new(Path.Combine(Folder, name), record with { JobIds = [] }, record.Arguments, null, 1));
            return submitted is { Problem: null, Ids: [var next] }
                ? (new(target with { Job = next }, "submitted", null, $"{record.Script} is submitted again as job {next}, and goes on from the newest checkpoint"), ExitCodes.Success)
                : NotQueued(submitted.Problem ?? why);
        }
    }

    private static string Folder => Path.GetFullPath(Path.Combine(".cairn", "submissions"));

    private static SubmissionRecord? Recorded(string job)
    {
        foreach (var name in FolderContents.Names(Folder))
        {
            try
            {
                if (name.EndsWith(".json", StringComparison.Ordinal) && SubmissionRecord.Read(Path.Combine(Folder, name)) is { JobIds.Count: > 0 } record && record.IsOf(job.Split('_')[0]))
                    return record;
            }
            catch (SubmissionException error)
            {
                Console.Error.WriteLine($"cairn: {error.Message}");
            }
        }

        return null;
    }
}
