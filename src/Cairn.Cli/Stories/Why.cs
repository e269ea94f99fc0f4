using System.Text;
using Cairn.Attempts;

namespace Cairn.Cli.Stories;

/// <summary>Why an attempt ended: what ended it, who said so, what Cairn decided, what was lost, what to do next. Made of a story; for people.</summary>
/// <param name="Attempt">Its number.</param>
/// <param name="Ended">What ended it.</param>
/// <param name="SaidBy">Who said so; null where nobody did.</param>
/// <param name="Decided">What Cairn decided and did; null where it had no chance to.</param>
/// <param name="Lost">What was lost.</param>
/// <param name="Next">What to do.</param>
internal sealed record Why(int Attempt, string Ended, string? SaidBy, string? Decided, string Lost, string Next)
{
    /// <summary>As one paragraph.</summary>
    public string Paragraph
    {
        get
        {
            var text = new StringBuilder();
            foreach (var sentence in (string?[])[Ended, SaidBy, Decided, Lost, Next])
            {
                if (sentence is { Length: > 0 })
                    text.Append(text.Length > 0 ? " " : "").Append(sentence);
            }

            return text.ToString();
        }
    }

    /// <summary>Of one attempt.</summary>
    /// <param name="story">The run.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="next">The one after it; null for the newest.</param>
    /// <param name="queued">The job in the queue; null where it is not.</param>
    public static Why Of(RunStory story, StoryAttempt attempt, StoryAttempt? next, QueuedJob? queued) => new(
        attempt.Number,
        $"{(attempt.Number == 0 ? "An attempt" : $"Attempt {attempt.Number}")}{Where(attempt)} {Ending(attempt)}.",
        SaidOf(attempt),
        DecidedOf(attempt),
        LostOf(attempt, next),
        NextOf(story, attempt, next, queued));

    private static string Where(StoryAttempt attempt) =>
        $"{(attempt.Job is { } job ? $" of job {job}" : "")}{(attempt.Host is { Length: > 0 } host ? $" on {host}" : "")}{(attempt is { Began: { } began, Ended: { } ended } ? $", after {Words(Within.Between(began, ended))}," : "")}";

    private static string Ending(StoryAttempt attempt)
    {
        var at = attempt.ToStep is { } step ? $" at step {step}{(attempt.Planned is { } planned ? $" of {planned}" : "")}" : TellsNoSteps(attempt) ? "" : " before its first step";
        return attempt.End.State switch
        {
            "running" => $"is running{at}",
            "finished" when attempt.WrapperDecision is not null => $"ended{at}: {attempt.End.Words}",
            "finished" => attempt.End.Words,
            "unreadable" => $"cannot be told of: {attempt.End.Words}",
            "lost" when attempt.Claim is null => attempt.End.Words,
            "lost" => $"was {attempt.End.Words}{(attempt.ToStep is null ? at : $"; its journal ends{at}")}",
            "silent" => $"is {attempt.End.Words}; its journal ends{at}",
            "left" when attempt.WrapperDecision is not null => $"ended{at}: {attempt.End.Words}",
            "left" => $"{attempt.End.Words}{(attempt.ExitCode is { } code ? $", exit code {code}" : "")}: the program failed, or left its loop, without a stop that was asked for",
            "superseded" or "rolled-back" => attempt.End.Words,
            _ => $"stopped{at}: {CauseOf(attempt)}",
        };
    }

    // A program that cairn run keeps need not report them.
    private static bool TellsNoSteps(StoryAttempt attempt) => attempt is { ToStep: null, Claim.Command: not null };

    private static string CauseOf(StoryAttempt attempt) => attempt is { WrapperDecision: null, Decision: { } decision } ? Inspection.AttemptEnd.CauseInWords(decision.Cause ?? "") : attempt.End.Words;

    private static string? SaidOf(StoryAttempt attempt)
    {
        List<string> said = [];
        if (attempt.Interruption is { } asked)
            said.Add($"What asked it to stop: {asked.Description}{(asked.Deadline is { } end && end >= asked.Time ? $", {Words(Within.Between(asked.Time, end))} before the job's end" : "")}.");
        if (attempt.Last<ForcedStop>() is { } forced)
            said.Add($"The end came {Words(forced.Seconds)} after its last step boundary ({forced.During}), so it was ended by force.");
        if (attempt.Last<RankLost>() is { } lost)
            said.Add($"Rank {lost.Rank} was gone: {lost.Description}.");
        if (attempt is { IsCutOff: true, Decision: null } && attempt.Last<Hang>() is { } hang)
            said.Add($"Before that no step came for {Words(hang.Seconds)}.");
        if ((attempt.WrapperDecision?.Slurm ?? attempt.Decision?.Slurm) is { Length: > 0 } slurm && slurm != "RUNNING")
            said.Add($"Slurm said of the job: {slurm}.");
        if (attempt.NewestSave is SaveFailed failed)
            said.Add($"Its newest save, of step {failed.Step}, had failed: {failed.Error}{(failed.Error is [.., '.'] ? "" : ".")}");
        if (said.Count == 0 && attempt.End.State is "lost" or "silent")
            said.Add(attempt.Claim is null ? "It could not even write who it is: it was killed at once, or there is no room on the disk." : "Nobody told it: a KILL, a crash of the program or its node, or too little memory leave no word.");
        return said.Count == 0 ? null : string.Join(' ', said);
    }

    private static string? DecidedOf(StoryAttempt attempt)
    {
        if (attempt.WrapperDecision is { } program)
            return program.Action == EndAction.Requeue ? "cairn run had it requeued." : null; // else its end says why not
        if (attempt.Decision is not { } decision)
            return null;
        var what = decision.Action switch
        {
            "Requeue" => $"Cairn had it requeued ({decision.Reason})",
            "ExitForWrapper" => "It left the requeue to the wrapper around it",
            _ => $"Cairn did not requeue it: {decision.Reason?.Replace(": not requeued", "", StringComparison.Ordinal)}",
        };
        return attempt.Answer is { Result: not ("Done" or "AlreadyPending") } refused ? $"{what}, but Slurm did not: {refused.Error ?? refused.Result}." : what + ".";
    }

    private static string LostOf(StoryAttempt attempt, StoryAttempt? next)
    {
        if (attempt.End.State == "unreadable")
            return "";
        if (attempt.ToStep is not { } to)
            return attempt.IsRunning || attempt.End.State == "finished" ? "" : TellsNoSteps(attempt) ? "Its program reports no steps, so nobody knows what was lost (docs/metrics.md: CAIRN_REPORTS)." : "Nothing was lost, for nothing was done.";
        if (attempt is { IsRunning: true, TellsOfSaves: false })
            return ""; // how far it has saved is its program's affair
        if (attempt.KeptStep is null)
            return "The program saves by itself: what was lost is seen when the next attempt begins.";
        if (attempt.StepsLost == 0 && attempt.IsCutOff)
            return $"No step is known to be lost after step {to}{(attempt.Spent.Lost > 0 ? $", but {Words(attempt.Spent.Lost)} after it" : "")}.";
        if (attempt is { StepsLost: 0, End.State: "finished", Saves.Count: 0 })
            return "Nothing was lost."; // whether its last state is anywhere is its program's affair
        if (attempt.StepsLost == 0)
            return attempt.IsRunning ? $"Its newest checkpoint is of step {(attempt.Saves.Count > 0 ? attempt.Saves[^1].Step : attempt.FromStep)}." : $"Nothing was lost: step {attempt.KeptStep} is saved.";
        var again = next?.FromStep is { } from ? $"attempt {next.Number} went on from step {from}" : $"the next attempt goes on from step {attempt.KeptStep}";
        return $"{(attempt.IsCutOff ? "At least " : "")}{attempt.StepsLost} step{(attempt.StepsLost == 1 ? "" : "s")} ({Words(attempt.Spent.Lost)}) were lost: {again}.";
    }

    private static string NextOf(RunStory story, StoryAttempt attempt, StoryAttempt? next, QueuedJob? queued)
    {
        if (next is not null)
            return $"{(next.Number == 0 ? "Another attempt" : $"Attempt {next.Number}")} followed: {next.End.Words}.";
        if (queued is { IsWaiting: true })
            return $"Nothing is to be done: job {queued.Id} waits in the queue ({queued.Reason}).";
        if (queued is { IsRunning: true } && !attempt.IsRunning && attempt.End.State != "finished")
            return $"Job {queued.Id} runs: the next attempt is starting.";
        return attempt.End.State switch
        {
            "running" or "finished" or "superseded" => "Nothing is to be done.",
            "requeued" => "Nothing is to be done if the job is in the queue: squeue tells.",
            "rolled-back" => "The next start goes on from there.",
            "unreadable" => $"See what squeue says{(attempt.Job is { } job ? $" of job {job}" : "")}, and look again as the one whose run it is, or when the file system answers.",
            "left" => $"See the end of the job's log for what failed, mend it, and submit the job again: it goes on from {(story.Step is { } step ? $"step {step}" : "its newest checkpoint")}.",
            "lost" or "silent" => $"See the end of the job's log, and `sacct -j {attempt.Job ?? "JOB"}` for an out-of-memory kill or a failed node; then submit the job again: it goes on from step {story.Step ?? 0}.",
            _ when attempt.Answer is { Result: not ("Done" or "AlreadyPending") } => $"Put it back by hand: scontrol requeue {attempt.Job}; or submit it again: it goes on from step {story.Step ?? 0}.",
            _ when attempt.Decision?.Cause == "StopFile" => "Remove the stop file and submit it again to go on.",
            _ => $"Submit it again to go on from step {story.Step ?? 0}.",
        };
    }

    private static string Words(double seconds) => Duration.Words(TimeSpan.FromSeconds(Within.Seconds(seconds)));
}
