using System.CommandLine;
using Cairn.Attempts;
using Cairn.Cli.Output;
using Cairn.Cli.Stopping;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn stop</c>.</summary>
internal static class StopCommand
{
    private const int NotStoppedExitCode = 1;

    private static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    private const string Description =
        """
        Stops a run for good: it saves, ends, and is not put back in the queue until cairn resume.

        Examples:
          cairn stop 4711                        a job; one that waits in the queue is held there
          cairn stop /scratch/run7/checkpoints   the newest run that the folder tells of
          cairn stop 4711 --no-wait              ask, and return at once

        A file named stop is made where the run looks for it: in the checkpoint folder for a run of the library, in
        .cairn-run/CLUSTER-JOB for one of cairn run. It is seen within seconds (a minute on NFS), and the run saves at its next
        step. Ctrl-C ends the waiting; what was asked stays asked. A program that nothing of Cairn keeps is not stopped: scancel.

        Exit codes:
          0    it has stopped or is held, had ended before, or with --no-wait was asked to
          1    it has ended in another way before it could stop, or nothing in it looks for the file
          2    there is no such job or folder, or the command line is wrong
          69   Slurm refused, or does not answer; or the file cannot be made
        """;

    public static Command Create()
    {
        var word = new Argument<string>("JOB | FOLDER") { Description = "a job's id (4711, 4711_3), or a checkpoint folder" };
        var noWait = new Option<bool>("--no-wait") { Description = "do not wait until it has stopped" };
        var format = OutputFormat.Option("text", "what is written to standard output");
        var command = new Command("stop", Description) { word, noWait, format };
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!, "text");
            var (report, code) = Stop(StopTarget.Find(parsed.GetValue(word)!), wait: !parsed.GetValue(noWait));
            report?.Write(json);
            return code;
        });
        return command;
    }

    private static (StopReport? Report, int Code) Stop(StopTarget target, bool wait)
    {
        var queued = target.Queued();
        if (queued is { IsWaiting: true })
            return Hold(target);
        if (queued is null ? !MayRun(target) : !queued.IsRunning)
            return (new(target, "ended", SavedStep(target), $"{target.Name} has ended already{(queued is null ? "" : $" ({queued.State})")}: nothing was done"), ExitCodes.Success);
        if (target.Mark is not { } mark)
        {
            Console.Error.WriteLine($"cairn: {target.Name} runs, but nothing below {queued!.WorkFolder} tells that Cairn keeps it: name its checkpoint folder, or end it without a save by scancel {target.Job}");
            return (null, NotStoppedExitCode);
        }

        try
        {
            // Never through a link, which somebody else may have put there.
            using var made = new FileStream(mark, FileMode.CreateNew, FileAccess.Write);
        }
        catch (IOException) when (new FileInfo(mark) is { Exists: true, LinkTarget: null })
        {
            // It was asked before.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cairn: {mark} cannot be made: {error.Message}");
            return (null, ExitCodes.RequeueFailed);
        }

        if (!wait)
            return (new(target, "asked", SavedStep(target), $"{target.Name} is asked to save and stop, by {mark}"), ExitCodes.Success);
        Console.Error.WriteLine($"cairn: {target.Name} is asked to save and stop, by {mark}; waiting until it has");
        return Await(target);
    }

    private static (StopReport? Report, int Code) Hold(StopTarget target)
    {
        if (Scontrol.Do("hold", target.Job!) is { } problem)
        {
            Console.Error.WriteLine($"cairn: {target.Name} waits in the queue and could not be held: {problem}");
            return (null, ExitCodes.RequeueFailed);
        }

        return (new(target, "held", SavedStep(target), $"{target.Name} waits in the queue and is held there; cairn resume {target.Job} releases it"), ExitCodes.Success);
    }

    private static (StopReport? Report, int Code) Await(StopTarget target)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var line = new ProgressLine();
        while (true)
        {
            var queued = target.Queued();
            if (queued is { IsWaiting: true })
                return Hold(target); // something else stopped it first, and had it requeued
            if (queued is null ? !MayRun(target) : !queued.IsRunning)
                return Ended(target);
            line.Show(() => $"{target.Name} {(queued is null ? "runs" : $"is {queued.State}")} after {Duration.Words(TimeProvider.System.GetElapsedTime(began))}{(SavedStep(target) is { } step ? $", step {step} is saved" : "")}");
            Thread.Sleep(Often);
        }
    }

    private static (StopReport? Report, int Code) Ended(StopTarget target)
    {
        var (saved, resume) = (SavedStep(target), target.Job ?? target.Folder);
        var at = saved is null ? "" : $"; step {saved} is saved";
        foreach (var entry in target.Newest()?.Story.Events ?? [])
        {
            if (entry is Stopped { Cause: "StopFile" } or ProgramEnded { Kind: EndKind.StopFile })
                return (new(target, "stopped", saved, $"{target.Name} has stopped{at}; cairn resume {resume} lets it go on"), ExitCodes.Success);
            if (entry is Finished or ProgramEnded { Kind: EndKind.Finished })
                return (new(target, "finished", saved, $"{target.Name} has finished before it saw that it should stop"), ExitCodes.Success);
        }

        return (new(target, "ended", saved, $"{target.Name} has ended, and not because of this{at}: cairn why {resume} tells more"), NotStoppedExitCode);
    }

    // Without Slurm's word: whether it has not said that it ended, and its process may be there.
    private static bool MayRun(StopTarget target) =>
        target.Newest() is { Story: { Claim: { } claim, Ended: false } story } && !HasProgramEnded(story) && claim.Process.IsRunning() != false;

    private static bool HasProgramEnded(AttemptStory story) => story.Events is [.., ProgramEnded or RequeueAnswered];

    private static long? SavedStep(StopTarget target)
    {
        long? saved = null;
        foreach (var entry in target.Newest()?.Story.Events ?? [])
        {
            saved = entry switch
            {
                Resumed { Checkpoint: not null } resumed => resumed.Step,
                Saved one => one.Step,
                ProgramEnded { SavedStep: { } step } => step,
                _ => saved,
            };
        }

        return saved;
    }
}
