using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.Lint;

namespace Cairn.Cli.Adoption;

/// <summary>What an adopted script means, where the diff alone does not say so.</summary>
internal static class Remarks
{
    public static IReadOnlyList<Remark> Of(Draft draft, Launch before, ProgramLine line, bool isSent)
    {
        var old = draft.Before;
        var remarks = new List<Remark>();
        if (old.Wishes.NoRequeue)
            Say(old.Find("no-requeue")!.Line, "--no-requeue is taken away: from now on the job comes back by itself");
        if (old.Find("open-mode") is { } mode && !old.Wishes.AppendsLog)
            Say(mode.Line, "the log is appended to: an attempt would empty that of the one before");
        if (old.Find("output") is { Value: { } log } output && !log.Contains("%j", StringComparison.Ordinal) && !log.Contains("%A", StringComparison.Ordinal) && log != "/dev/null")
            Say(output.Line, $"all jobs append to {log}; with %j in its name each has a log of its own, which all of its attempts write");
        foreach (var kept in line.KeptLogs)
            Say(before.Command.Line, $"{kept} is appended to: each attempt would have emptied it");
        if (old.Wishes.Limit is null)
            Say(null, "there is no --time: no --signal is asked for, and cairn run warns by the end that Slurm tells it");
        else if (!line.IsLast && !line.IsTask)
            Say(before.Command.Line, "something stands behind the program, so it is no exec, and no --signal would reach it: cairn run asks Slurm for the job's end and warns by that");
        else if (!isSent)
            Say(null, "the limit is too short for a --signal: cairn run warns by the job's end");
        if (!line.IsLast && draft.Script.Flow.After(draft.Script.Flow.Launches.First(launch => launch.UnderCairn).Command).Any(command => !command.Place.Substitution))
            Say(before.Command.Line, "what stands behind the program runs when it has ended by itself, not when it was stopped and the job is requeued");
        if (line.OwnFolder is { } own && line.Folder is null)
            Say(before.Command.Line, $"the program saves in {own}, of which it is not sure that it is one for each element of the array: give it one whose name ends in /$SLURM_ARRAY_TASK_ID, and cairn run --checkpoint-dir the same, so that it sees what is progress");
        if (line.IsTask && !line.HasTaskWrapper)
            Say(before.Command.Line, "the tasks run in a container without cairn, so there is none around each: a preemption's TERM reaches the program alone (docs/run.md)");
        if (before.Between == Between.Unknown)
            Say(before.Command.Line, $"whether {before.BetweenName ?? before.Name} passes the warning on to what it starts is not known: let the program ask, as below");
        return remarks;

        void Say(int? at, string text) => remarks.Add(new(at, text));
    }
}
