using Cairn.Attempts;

namespace Cairn.Cli.Inspection;

/// <summary>How an attempt ended, as far as its journal and this machine know.</summary>
/// <param name="State">One word: finished, requeued, stopped, left, superseded, rolled-back, running, silent, lost or unreadable.</param>
/// <param name="Words">The same for people.</param>
internal sealed record AttemptEnd(string State, string Words)
{
    // A living attempt touches its journal every 15 s; three minutes of silence are its end (as for ranks that wait for it).
    private static readonly TimeSpan Silent = TimeSpan.FromMinutes(3);

    /// <summary>Judges.</summary>
    /// <param name="journal">The attempt's journal.</param>
    /// <param name="isLast">Whether no later one has claimed the folder.</param>
    /// <param name="now">The clock.</param>
    public static AttemptEnd Of(FoundJournal journal, bool isLast, DateTimeOffset now) => journal.Problem is { } problem
        ? new("unreadable", $"its journal cannot be read: {problem}")
        : Of(journal.Story, isLast, isLast ? journal.Story.Claim?.Process.IsRunning() : null, now - journal.Changed);

    /// <summary>Judges.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="isLast">Whether no later one has claimed the folder.</param>
    /// <param name="isRunning">Whether its process runs; null when that is not this machine's to know.</param>
    /// <param name="silence">Since its journal was written or touched last.</param>
    public static AttemptEnd Of(AttemptStory attempt, bool isLast, bool? isRunning, TimeSpan silence)
    {
        var ended = attempt.Events.OfType<AttemptEnded>().LastOrDefault();
        if (attempt.Finished is { } finished)
            return new("finished", finished.Step < finished.Planned ? $"finished early, at step {finished.Step} of {finished.Planned}" : $"finished at step {finished.Step}");
        if (ended is { Outcome: "superseded" })
            return new("superseded", "stopped: a later attempt had taken over");
        if (ended is { Outcome: Rollback.Outcome })
            return new("rolled-back", $"cairn rollback went back to step {ended.Step}");
        if (attempt.Events.OfType<ProgramEnded>().LastOrDefault() is { } program)
            return Of(program, attempt.Events.OfType<RequeueAnswered>().LastOrDefault());
        if (attempt.Events.OfType<Stopped>().LastOrDefault() is { } stopped)
            return Of(stopped, attempt.Events.OfType<RequeueAnswered>().LastOrDefault());
        if (ended is { Outcome: "finished" })
            return new("finished", $"nothing to do: finished before, at step {ended.Step}");
        if (ended is not null)
            return new("left", ended.Outcome == "left" ? $"left the loop in step {ended.Step}" : $"ended without Finish at step {ended.Step}");
        if (isLast && isRunning == true)
            return new("running", "is running");
        if (isLast && isRunning is null && attempt.Claim is not null && -silence > Silent)
            return new("silent", $"told of by a journal that was written {Duration.Words(-silence)} from now: a clock is wrong, its own, its file server's or this machine's, so nobody knows whether it runs");
        if (isLast && isRunning is null && attempt.Claim is not null)
            return silence < Silent ? new("running", "is running, by its journal") : new("silent", $"silent for {Duration.Words(silence)}: killed, crashed, or its node is away");
        return new("lost", attempt.Claim is null ? "died at its start" : "killed or crashed");
    }

    // What cairn run decided over its program.
    private static AttemptEnd Of(ProgramEnded program, RequeueAnswered? answer)
    {
        var words = program.Reason ?? "";
        var alone = words.IndexOf(": requeueing job ", StringComparison.Ordinal) is var at and > 0 ? words[..at] : words;
        return program switch
        {
            { Kind: EndKind.Finished } => new("finished", alone),
            { Kind: EndKind.Requeued } => new("requeued", alone),
            { Action: EndAction.Requeue } when answer is null or { Result: "Done" or "AlreadyPending" } => new("requeued", alone + ", requeued"),
            { Action: EndAction.Requeue } => new("stopped", $"{alone}; the requeue failed: {answer.Error ?? answer.Result}"),
            { Kind: EndKind.Crashed or EndKind.Refused or EndKind.Hung } => new("left", alone),
            _ => new("stopped", alone),
        };
    }

    private static AttemptEnd Of(Stopped stopped, RequeueAnswered? answer)
    {
        var cause = CauseInWords(stopped.Cause);
        return stopped.Action switch
        {
            "Requeue" when answer is null or { Result: "Done" or "AlreadyPending" } => new("requeued", $"{cause}, requeued"),
            "Requeue" => new("stopped", $"{cause}; the requeue failed: {answer.Error ?? answer.Result}"),
            "ExitForWrapper" => new("requeued", $"{cause}, left to the wrapper"),
            _ when stopped.Cause == "Requeued" => new("requeued", cause),
            _ when stopped.Reason?.Contains("requeue", StringComparison.Ordinal) == true => new("stopped", $"{cause}: {stopped.Reason}"),
            _ => new("stopped", $"{cause}, not requeued: {stopped.Reason}"),
        };
    }

    public static string CauseInWords(string cause) => cause switch
    {
        "Warning" => "warned",
        "Deadline" => "its time was nearly over",
        "TimeLimit" => "time limit",
        "Preempted" => "preempted",
        "PreemptedForGood" => "preempted for good",
        "Cancelled" => "cancelled",
        "Requeued" => "requeued by somebody else",
        "Interrupted" => "interrupted (Ctrl-C)",
        "StopFile" => "stop file",
        "Terminated" => "ended by TERM",
        "Unknown" => "stopped, and Slurm did not say why",
        _ => $"stopped ({cause})",
    };
}
