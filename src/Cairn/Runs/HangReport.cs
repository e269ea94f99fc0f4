using Cairn.Attempts;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>Tells of a step that takes many times as long as steps usually do, with what is known of it; again whenever it has taken twice as long.</summary>
internal sealed class HangReport(RunContext context, RunTimes times, double? factor)
{
    // Less is no hang, whatever the factor; and of a first step nobody knows how long it takes.
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan OfUnknownSteps = TimeSpan.FromMinutes(10);
    private long boundary = -1;
    private TimeSpan cpuAtBoundary;
    private TimeSpan next;

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
            boundary = newest;
            cpuAtBoundary = Environment.CpuUsage.TotalTime;
            next = Patience(times.LongestRecentStep, times.LongestStep, multiple);
            return;
        }

        var since = context.Time.GetElapsedTime(boundary);
        if (since < next)
            return;
        next = since * 2;
        var cpu = Duration.Words(Environment.CpuUsage.TotalTime - cpuAtBoundary);
        var detail = $"the process used {cpu} of CPU time in it, its main thread {MainThread.State()}";
        context.Journal?.Write(new Hang(context.Now, stepsDone, since.TotalSeconds, times.LongestRecentStep.TotalSeconds, detail));
        context.Log.LogWarning(
            LogEvents.StepHangs, "no step boundary for {Since} after step {Step}, where a step took {Longest} at most: {Detail}. Its stacks: dotnet-stack report --process-id {Pid}",
            Duration.Words(since), stepsDone, Duration.Words(times.LongestRecentStep), new NumberedText(detail, ("Cpu", cpu)), Environment.ProcessId);
    }
}
