using Cairn.Attempts;

namespace Cairn.Cli.Wrapper.History;

/// <summary>May the job be started once more? A pure decision over its attempts: a job that gets nowhere must not come back for ever.</summary>
internal static class CrashGuard
{
    /// <summary>Why not, in words that go after "because"; null when it may.</summary>
    /// <param name="before">The attempts before, oldest first; null when they are not known, or this one cannot be written down.</param>
    /// <param name="now">This one.</param>
    /// <param name="crashes">So many crashes in a row without progress are requeued.</param>
    /// <param name="most">So many attempts there are at most.</param>
    public static string? WhyNotAgain(IReadOnlyList<WrappedAttempt>? before, WrappedAttempt now, int crashes, int most)
    {
        var kind = now.End!.Kind;
        if (kind == EndKind.Crashed && crashes == 0)
            return "a crash is not, as long as --requeue-crashes does not say so";
        if (now.Number >= most)
            return $"it is attempt {now.Number}, and --max-attempts allows {most}";
        if (!IsFruitless(now))
            return null;

        // What is not known counts against it, or a full disk makes a job that never ends.
        if (before is null)
        {
            return kind is EndKind.Crashed or EndKind.Hung || now.Number >= AttemptGuard.MostWithoutCheckpoint
                ? "it has brought no progress, and what the attempts do cannot be read or written down"
                : null;
        }

        // The newest attempts that brought nothing; preemptions and what people do say nothing either way. Of several lines of one attempt the last counts.
        var fruitless = new List<WrappedAttempt> { now };
        var counted = now.Number;
        for (var i = before.Count - 1; i >= 0; i--)
        {
            var one = before[i];
            if (one.End is null || one.Number >= counted || !(one.Command is null || one.Command == now.Command))
                continue;
            if (IsFruit(one))
                break;
            counted = one.Number;
            if (IsFruitless(one))
                fruitless.Insert(0, one);
        }

        var crashed = fruitless.FindAll(one => one.End!.Kind == EndKind.Crashed).Count;
        if (kind == EndKind.Crashed)
            return crashed > crashes ? $"it is crash {crashed} in a row without progress and --requeue-crashes allows {crashes}" : null;
        if (fruitless.Count < AttemptGuard.MostWithoutCheckpoint)
            return null;
        var numbers = fruitless.ConvertAll(one => one.Number);
        var which = $"attempts {string.Join(", ", numbers.SkipLast(1))} and {numbers[^1]}";
        if (fruitless.TrueForAll(IsTooSoon))
            return $"{which} stopped by themselves before half of their time was over, so they get on by less than they cost: give the job more time, or have the program stop later (its seconds_needed)";
        var seen = now.End.Progress is null ? "; with --checkpoint-dir progress would be seen" : "";
        return $"{which} ended by limit, crash, hang or stop without progress{seen}: give the job more time, save more often, or see what fails, and submit it again";
    }

    /// <summary>Whether it brought progress, so that nothing before it counts.</summary>
    public static bool IsFruit(WrappedAttempt one) =>
        one.End is { } end && !IsFruitless(one) && (end.Progress == true || end.Kind is EndKind.Stopped or EndKind.AskedForRequeue);

    // Nobody had asked it to.
    private static bool IsTooSoon(WrappedAttempt one) => one.End is { Kind: EndKind.AskedForRequeue, Brief: true };

    // What stopped itself is believed where nothing can be told from a folder, but only when it has used its time; where nobody says how much
    // that is, only when a folder tells.
    private static bool IsFruitless(WrappedAttempt one) => one.End!.Kind switch
    {
        EndKind.Crashed or EndKind.Hung or EndKind.Killed => one.End.Progress != true,
        EndKind.Stopped => one.End.Progress == false || (one.End.Progress is null && one.End.Brief != false),
        EndKind.AskedForRequeue => one.End.Progress == false || one.End.Brief == true || (one.End.Progress is null && one.End.Brief is null),
        _ => false,
    };
}
