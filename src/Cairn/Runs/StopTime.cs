using Cairn.Attempts;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// What a stop takes of the time before the job's end, and whether a warning signal leaves that much. Slurm tells a job nowhere
/// with which lead it was submitted (the batch script does, but the command line and the environment outdo it), so what is
/// judged is the lead of a signal that came: in this attempt, or in one before it.
/// </summary>
internal sealed class StopTime(RunContext context, StepClock clock, RunSaver saver, TrainingRunOptions options)
{
    private bool told;

    /// <summary>In words that go after "ends in ...".</summary>
    public override string ToString() => options.Margin is { } margin ? $"stops {Duration.Words(margin)} before that"
        : saver.LongestSave is null ? $"keeps {Duration.Words(context.Watch.Reserve(clock, null))} of it for a stop until a save is measured"
        : $"needs about {Duration.Words(context.Watch.Reserve(clock, saver.LongestSave))} of it for a stop";

    /// <summary>At the start: warns when the newest warning of an earlier attempt came too late for what is known of steps and saves.</summary>
    public void JudgeEarlierWarning()
    {
        if (context.Remembered is { WarnedAttempt: { } number, WarnedSignal: { } signal, WarnedLeadSeconds: > -1e9 and < 1e9 and var seconds } && Judge(TimeSpan.FromSeconds(seconds)) is { } lead)
            context.Log.LogWarning("in attempt {Number} {Advice}", number, lead.Advice(signal));
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
        if (Judge(context.Watch.Deadline!.Value - warning.At) is not { } lead)
            return;
        told = true;
        context.Journal?.Write(new ShortLead(context.Now, signal, lead.Lead.TotalSeconds, lead.Needed.TotalSeconds));
        context.Log.LogWarning("{Advice}", lead.Advice(signal));
    }

    private SignalLead? Judge(TimeSpan time) =>
        saver.LongestSave is { } save && new SignalLead(time, clock.Longest, save, context.Watch.WallTime) is { IsShort: true } lead ? lead : null;
}
