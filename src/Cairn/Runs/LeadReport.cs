using Cairn.Attempts;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// Tells what a stop takes of the time before the job's end, and whether a warning signal leaves that much. Slurm tells a job nowhere
/// with which lead it was submitted (the batch script does, but the command line and the environment outdo it), so what is
/// judged is the lead of a signal that came: in this attempt, or in one before it.
/// </summary>
internal sealed class LeadReport(RunContext context, RunTimes times, TrainingRunOptions options)
{
    private bool told;

    /// <summary>In words that go after "ends in ...".</summary>
    public override string ToString() => options.Margin is not null ? $"stops {ForStop} before that"
        : times.LongestSave is null ? $"keeps {ForStop} of it for a stop until a save is measured"
        : $"needs about {ForStop} of it for a stop";

    /// <summary>What a stop takes of the time before the end.</summary>
    public Duration ForStop => Duration.Words(context.Watch.Reserve(times).Stop);

    /// <summary>At the start: warns when the newest warning of an earlier attempt came too late for what is known of steps and saves.</summary>
    public void JudgeEarlierWarning()
    {
        if (context.Remembered is { WarnedAttempt: { } number, WarnedSignal: { } signal, WarnedLeadSeconds: > 0 and < 1e9 and var seconds } && IsShort(TimeSpan.FromSeconds(seconds), out var reserve))
            context.Log.LogWarning(LogEvents.LeadWasShort, "in attempt {Attempt} {Advice}", number, reserve.Advice(signal, TimeSpan.FromSeconds(seconds)));
    }

    /// <summary>
    /// At a stop: warns, in the journal too, when its warning came too late. Before the save if one was measured, since the save
    /// may not come to its end; else after it.
    /// </summary>
    public void JudgeWarning()
    {
        // A grace time is not the job's to choose.
        if (told || context.Watch is { NewestStatus.PreemptTime: not null } or { Deadline: null })
            return;
        if (context.Watch.Received.FirstOrDefault(one => one.Kind == InterruptionKind.Warning) is not { Signal: { } signal } warning)
            return;
        var lead = context.Watch.Deadline!.Value - warning.At;
        if (lead <= TimeSpan.Zero || !IsShort(lead, out var reserve))
            return; // what comes behind the end that was known is no warning of it: a cancelled job's
        told = true;
        context.Journal?.Write(new ShortLead(context.Now, signal, lead.TotalSeconds, reserve.Needed.TotalSeconds));
        context.Log.LogWarning(LogEvents.LeadIsShort, "{Advice}", reserve.Advice(signal, lead));
    }

    private bool IsShort(TimeSpan lead, out StopReserve reserve)
    {
        reserve = context.Watch.Reserve(times);
        return times.LongestSave is not null && reserve.IsShort(lead);
    }
}
