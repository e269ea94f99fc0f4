using System.Globalization;

namespace Cairn.Cli.SlurmForms;

/// <summary>One element of a job array, and what Slurm tells it of the whole.</summary>
/// <param name="Task">SLURM_ARRAY_TASK_ID.</param>
/// <param name="Count">How many elements there are.</param>
/// <param name="Least">The lowest task.</param>
/// <param name="Most">The highest.</param>
/// <param name="Step">Between two tasks of the last range that names one; else 1.</param>
internal sealed record ArrayElement(int Task, int Count, int Least, int Most, int Step)
{
    public const string Forms = "tasks and ranges, as 0-15, 1,3,5 or 0-15:4%2";

    /// <summary>Slurm's MaxArraySize, unless it is set otherwise.</summary>
    public const int Highest = 1000;

    /// <summary>An array of this element alone.</summary>
    public static ArrayElement Alone(int task) => new(task, 1, task, task, 1);

    /// <summary>Reads what --array says; null in <paramref name="element"/> when the array has no such task.</summary>
    /// <returns>False when it is no array.</returns>
    public static bool TryParse(string text, int task, out ArrayElement? element)
    {
        element = null;
        var percent = text.IndexOf('%', StringComparison.Ordinal);
        var list = percent < 0 ? text : text[..percent];
        if (percent >= 0 && !TryNumber(text[(percent + 1)..], out _))
            return false;
        var tasks = new SortedSet<int>();
        var step = 1;
        foreach (var range in list.Split(','))
        {
            if (!TryRange(range, tasks, ref step))
                return false;
        }

        if (tasks.Contains(task))
            element = new(task, tasks.Count, tasks.Min, tasks.Max, step);
        return true;
    }

    private static bool TryRange(string text, SortedSet<int> tasks, ref int step)
    {
        var by = 1;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var ends = (colon < 0 ? text : text[..colon]).Split('-');
        if (ends.Length > 2 || (colon >= 0 && (ends.Length == 1 || !TryNumber(text[(colon + 1)..], out by) || by == 0)))
            return false;
        if (!TryNumber(ends[0], out var first) || !TryNumber(ends[^1], out var last) || last < first)
            return false;
        for (var task = first; task <= last; task += by)
            tasks.Add(task);
        step = colon < 0 ? step : by;
        return true;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= Highest;
}
