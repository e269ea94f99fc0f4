using Cairn.Attempts;
using Cairn.Cli.Wrapper.Decisions;

namespace Cairn.Cli.Wrapper.History;

/// <summary>May the job be started once more? A pure decision over its attempts: a job that gets nowhere must not come back for ever.</summary>
internal static class CrashGuard
{
    /// <summary>Why not, in words that go after "because"; null when it may.</summary>
    /// <param name="before">The attempts before, oldest first; null when they are not known.</param>
    /// <param name="attempt">The number of this one.</param>
    /// <param name="kind">How this one ended.</param>
    /// <param name="progress">Whether it brought something new; null without a folder to tell it from.</param>
    /// <param name="crashes">So many crashes in a row without progress are requeued.</param>
    public static string? WhyNotAgain(IReadOnlyList<AttemptLine>? before, int attempt, EndKind kind, bool? progress, int crashes)
    {
        if (kind == EndKind.Crashed && crashes == 0)
            return "a crash is not, as long as --requeue-crashes does not say so";
        if (!IsFruitless(kind, progress))
            return null;
        if (before is null)
            return kind is EndKind.Crashed or EndKind.Hung ? "it is not known what the attempts before this one did" : null;

        // The newest attempts that brought nothing; preemptions and what people do say nothing either way.
        var fruitless = new List<(int Attempt, EndKind Kind)> { (attempt, kind) };
        // An attempt that tried to be requeued several times has as many lines; the last one counts.
        var attempts = before.Where(line => line.Attempt < attempt).GroupBy(line => line.Attempt).Select(lines => lines.Last());
        foreach (var line in attempts.Reverse().TakeWhile(line => !IsFruit(line)))
        {
            if (IsFruitless(line.Kind, line.Progress))
                fruitless.Insert(0, (line.Attempt, line.Kind));
        }

        var crashed = fruitless.Count(one => one.Kind == EndKind.Crashed);
        if (kind == EndKind.Crashed)
            return crashed > crashes ? $"it is crash {crashed} in a row without progress and --requeue-crashes allows {crashes}" : null;
        if (fruitless.Count < AttemptGuard.MostWithoutCheckpoint)
            return null;
        var numbers = fruitless.ConvertAll(one => one.Attempt);
        var seen = progress is null ? "; with --checkpoint-dir progress would be seen" : "";
        return $"attempts {string.Join(", ", numbers.SkipLast(1))} and {numbers[^1]} ended by limit, crash or hang without progress{seen}: give the job more time, save more often, or see what fails, and submit it again";
    }

    private static bool IsFruit(AttemptLine line) => line.Progress == true || (line.Progress is null && line.Kind is EndKind.Stopped or EndKind.AskedForRequeue);

    // What stopped itself is believed, where no folder says otherwise.
    private static bool IsFruitless(EndKind kind, bool? progress) => kind switch
    {
        EndKind.Crashed or EndKind.Hung or EndKind.Killed => progress != true,
        EndKind.Stopped => progress == false,
        _ => false,
    };
}
