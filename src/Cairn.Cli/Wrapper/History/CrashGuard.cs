using Cairn.Attempts;
using Cairn.Cli.Wrapper.Decisions;

namespace Cairn.Cli.Wrapper.History;

/// <summary>May the job be started once more? A pure decision over its attempts: a job that gets nowhere must not come back for ever.</summary>
internal static class CrashGuard
{
    /// <summary>Why not, in words that go after "because"; null when it may.</summary>
    /// <param name="before">The attempts before, oldest first; null when they are not known, or this one cannot be written down.</param>
    /// <param name="now">This one.</param>
    /// <param name="crashes">So many crashes in a row without progress are requeued.</param>
    /// <param name="most">So many attempts there are at most.</param>
    public static string? WhyNotAgain(IReadOnlyList<AttemptLine>? before, AttemptLine now, int crashes, int most)
    {
        if (now.Kind == EndKind.Crashed && crashes == 0)
            return "a crash is not, as long as --requeue-crashes does not say so";
        if (now.Attempt >= most)
            return $"it is attempt {now.Attempt}, and --max-attempts allows {most}";
        if (!IsFruitless(now))
            return null;

        // What is not known counts against it, or a full disk makes a job that never ends.
        if (before is null)
        {
            return now.Kind is EndKind.Crashed or EndKind.Hung || now.Attempt >= AttemptGuard.MostWithoutCheckpoint
                ? "it has brought no progress, and what the attempts do cannot be read or written down"
                : null;
        }

        // The newest attempts that brought nothing; preemptions and what people do say nothing either way.
        var fruitless = new List<AttemptLine> { now };
        // An attempt that tried to be requeued several times has as many lines; the last one counts.
        var attempts = before.Where(line => line.Attempt < now.Attempt && (line.Command is null || line.Command == now.Command)).GroupBy(line => line.Attempt).Select(lines => lines.Last());
        foreach (var line in attempts.Reverse().TakeWhile(line => !IsFruit(line)))
        {
            if (IsFruitless(line))
                fruitless.Insert(0, line);
        }

        var crashed = fruitless.Count(one => one.Kind == EndKind.Crashed);
        if (now.Kind == EndKind.Crashed)
            return crashed > crashes ? $"it is crash {crashed} in a row without progress and --requeue-crashes allows {crashes}" : null;
        if (fruitless.Count < AttemptGuard.MostWithoutCheckpoint)
            return null;
        var numbers = fruitless.ConvertAll(one => one.Attempt);
        var which = $"attempts {string.Join(", ", numbers.SkipLast(1))} and {numbers[^1]}";
        if (fruitless.All(IsTooSoon))
            return $"{which} stopped by themselves before half of their time was over, so they get on by less than they cost: give the job more time, or have the program stop later (its seconds_needed)";
        var seen = now.Progress is null ? "; with --checkpoint-dir progress would be seen" : "";
        return $"{which} ended by limit, crash, hang or stop without progress{seen}: give the job more time, save more often, or see what fails, and submit it again";
    }

    // Nobody had asked it to.
    private static bool IsTooSoon(AttemptLine line) => line.Kind == EndKind.AskedForRequeue && line.Brief == true;

    private static bool IsFruit(AttemptLine line) => !IsFruitless(line) && (line.Progress == true || line.Kind is EndKind.Stopped or EndKind.AskedForRequeue);

    // What stopped itself is believed where nothing can be told from a folder, but only when it has used its time; where nobody says how much
    // that is, only when a folder tells.
    private static bool IsFruitless(AttemptLine line) => line.Kind switch
    {
        EndKind.Crashed or EndKind.Hung or EndKind.Killed => line.Progress != true,
        EndKind.Stopped => line.Progress == false || (line.Progress is null && line.Brief != false),
        EndKind.AskedForRequeue => line.Progress == false || line.Brief == true || (line.Progress is null && line.Brief is null),
        _ => false,
    };
}
