namespace Cairn.Cli.SlurmForms;

/// <summary>One element of a job array, and what Slurm tells it of the whole.</summary>
/// <param name="Task">SLURM_ARRAY_TASK_ID.</param>
/// <param name="Count">How many elements there are.</param>
/// <param name="Least">The lowest task.</param>
/// <param name="Most">The highest.</param>
/// <param name="Step">Between two tasks of the last range that names one; else 1.</param>
internal sealed record ArrayElement(int Task, int Count, int Least, int Most, int Step)
{
    public const string Forms = "tasks and ranges, as 0-15, 1,3,5, 0-15:4%2 or [1-3]%2";

    /// <summary>Slurm's MaxArraySize, unless it is set otherwise.</summary>
    public const int Highest = 1000;

    /// <summary>An array of this element alone.</summary>
    public static ArrayElement Alone(int task) => new(task, 1, task, task, 1);

    /// <summary>Reads what --array says; null in <paramref name="element"/> when the array has no such task.</summary>
    /// <returns>False when it is no array.</returns>
    public static bool TryParse(string text, int task, out ArrayElement? element)
    {
        element = null;
        if (ArrayRange.Read(text) is not { Count: > 0 } ranges || ranges.Exists(range => range.Last > Highest))
            return false;
        var tasks = new SortedSet<int>();
        var step = 1;
        foreach (var range in ranges)
        {
            step = (int)(range.Step ?? step);
            for (var number = range.First; number <= range.Last; number += range.Step ?? 1)
                tasks.Add((int)number);
        }

        if (tasks.Contains(task))
            element = new(task, tasks.Count, tasks.Min, tasks.Max, step);
        return true;
    }
}
