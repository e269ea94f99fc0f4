using Cairn.Attempts;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>Tells of a step that takes many times as long as steps usually do, with what is known of it; again whenever it has taken twice as long, and when it is over. Rank 0 tells where all ranks are.</summary>
internal sealed class HangReport(RunContext context, RunTimes times, double? factor, Func<RankStand> stand)
{
    // Less is no hang, whatever the factor; and of a first step nobody knows how long it takes.
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan OfUnknownSteps = TimeSpan.FromMinutes(10);
    private long boundary = -1;
    private TimeSpan cpuAtBoundary;
    private TimeSpan next;
    private long? hangsIn; // after so many steps; null while nothing was told of

    /// <summary>How long a step may take before it counts as hanging. A pure decision.</summary>
    /// <param name="longest">The longest of the recent steps; zero when none is known.</param>
    /// <param name="longestKnown">The longest step that is known, a rare one (an evaluation) among them; zero when none is.</param>
    /// <param name="factor">How many times the longest of the recent ones; twice the longest known is allowed in any case.</param>
    public static TimeSpan Patience(TimeSpan longest, TimeSpan longestKnown, double factor)
    {
        if (longest == TimeSpan.Zero && longestKnown == TimeSpan.Zero)
            return OfUnknownSteps;
        var patience = longest * factor > longestKnown * 2 ? longest * factor : longestKnown * 2;
        return patience > Least ? patience : Least;
    }

    /// <summary>Looks, while the program is in a step.</summary>
    /// <param name="stepsDone">Completed steps.</param>
    public void Check(long stepsDone)
    {
        if (factor is not { } multiple)
            return;
        if (times.LastBoundary is var newest && newest != boundary)
        {
            TellEnd();
            boundary = newest;
            cpuAtBoundary = Environment.CpuUsage.TotalTime;
            next = Patience(times.LongestRecentStep, times.LongestStep, multiple) * (IsSpokenFor ? 2 : 1); // rank 0 has the first word
            return;
        }

        var since = context.Time.GetRunningTime(boundary);
        if (since < next)
            return;
        next = since * 2;
        if (IsSpokenFor && context.Together!.WasAskedSince(boundary))
            return;
        hangsIn = stepsDone;
        var (cpu, detail) = (Duration.Words(Cpu), Detail());
        if (context is { IsWriter: true, Together: { } ranks })
        {
            var (stands, silent) = ranks.AskStands(stand());
            detail = $"{RankStand.InWords(stands, silent)}. Here {detail}";
        }

        context.Journal?.Write(new Hang(context.Now, stepsDone, since.TotalSeconds, times.LongestRecentStep.TotalSeconds, detail));
        context.Log.LogWarning(
            LogEvents.StepHangs, "no step boundary for {Since} after step {Step}, where a step took {Longest} at most: {Detail}. Its stacks: dotnet-stack report --process-id {Pid}",
            Duration.Words(since), stepsDone, Duration.Words(times.LongestRecentStep), new NumberedText(detail, ("Cpu", cpu)), Environment.ProcessId);
    }

    /// <summary>What is told of has come to its boundary, or to an end.</summary>
    public void TellEnd()
    {
        if (hangsIn is not { } step)
            return;
        hangsIn = null;
        context.Log.LogInformation(LogEvents.LongStepOver, "the step after step {Step} that took so long is over, after {Since} at most", step, Duration.Words(context.Time.GetRunningTime(boundary)));
    }

    /// <summary>What is known of this process. May be asked by any thread.</summary>
    public string Detail() => $"the process used {Duration.Words(Cpu)} of CPU time in it, its main thread {MainThread.State()}";

    // Another rank's step is told of by rank 0, where that is in one step for long, too.
    private bool IsSpokenFor => context is { IsWriter: false, Together: not null };

    private TimeSpan Cpu => Environment.CpuUsage.TotalTime - cpuAtBoundary;
}
