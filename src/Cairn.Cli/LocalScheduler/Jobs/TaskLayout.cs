using System.Globalization;

namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>
/// Which task runs on which node: on each as many as on the others, the first ones one more, and in blocks, as <c>--distribution=block</c> has it. All nodes are
/// this one machine.
/// </summary>
/// <param name="Nodes">Their names.</param>
/// <param name="Tasks">How many tasks; one a node at least.</param>
internal sealed record TaskLayout(IReadOnlyList<string> Nodes, int Tasks)
{
    /// <summary>The nodes as Slurm's variables name them.</summary>
    public string NodeList => string.Join(',', Nodes);

    /// <summary>Tasks on each node, as 2(x3),1.</summary>
    public string TasksPerNode
    {
        get
        {
            var (each, more) = Math.DivRem(Tasks, Nodes.Count);
            return more == 0 ? Of(each, Nodes.Count) : $"{Of(each + 1, more)},{Of(each, Nodes.Count - more)}";
        }
    }

    /// <summary>A number that is the same for so many nodes, as 2(x3).</summary>
    public static string Of(int number, int nodes) => string.Create(CultureInfo.InvariantCulture, $"{number}{(nodes == 1 ? "" : $"(x{nodes})")}");

    /// <summary>What a job has that asks for so much.</summary>
    /// <param name="names">Of its nodes, when there are so many.</param>
    /// <param name="nodes">--nodes.</param>
    /// <param name="tasks">--ntasks.</param>
    /// <param name="tasksPerNode">--ntasks-per-node.</param>
    /// <param name="note">Set where these contradict each other, in Slurm's words.</param>
    /// <exception cref="UsageException">Slurm refuses such a job.</exception>
    public static TaskLayout OfJob(Func<int, IReadOnlyList<string>> names, int nodes, int? tasks, int? tasksPerNode, out string? note)
    {
        note = null;
        if (tasks < nodes)
            (note, nodes) = (FewerNodes(tasks.Value, nodes), tasks.Value);
        else if (tasks > nodes * tasksPerNode)
            throw new UsageException($"{tasks} tasks do not fit on {nodes} nodes with --ntasks-per-node={tasksPerNode}; sbatch says: Requested node configuration is not available.");
        return new(names(nodes), tasks ?? (nodes * (tasksPerNode ?? 1)));
    }

    /// <summary>What a step of this job has that asks for so much.</summary>
    /// <param name="nodes">--nodes; null for the job's.</param>
    /// <param name="tasks">--ntasks, of the step or else of the job.</param>
    /// <param name="tasksPerNode">--ntasks-per-node.</param>
    /// <param name="wanted">--nodelist; null for any. On a job's only node it means nothing: the names are a cluster's.</param>
    /// <param name="note">Set where these contradict each other, in srun's words; where nothing is returned, why.</param>
    public TaskLayout? OfStep(int? nodes, int? tasks, int? tasksPerNode, IReadOnlyList<string>? wanted, out string? note)
    {
        note = null;
        var chosen = Nodes.Count == 1 || wanted is null ? [] : wanted;
        var count = nodes ?? (chosen.Count > 0 ? chosen.Count : Nodes.Count);
        var all = tasks ?? (count * (tasksPerNode ?? 1));
        if (all < count)
            (note, count) = (FewerNodes(all, count), all);
        else if (all > count * tasksPerNode)
            note = $"can't honor --ntasks-per-node set to {tasksPerNode} which doesn't match the requested tasks {all} with the number of requested nodes {count}. Ignoring --ntasks-per-node.";
        if (count > Nodes.Count)
        {
            note = $"Only allocated {Nodes.Count} nodes asked for {count} (cairn local --nodes N plays several)";
            return null;
        }

        if (chosen.FirstOrDefault(name => !Nodes.Contains(name)) is { } stranger)
        {
            note = $"Unable to create step: Requested node configuration is not available (node {stranger} is not in this job, which has {NodeList})";
            return null;
        }

        var others = Nodes.Where(name => !chosen.Contains(name)).Take(Math.Max(0, count - chosen.Count));
        return new([.. Nodes.Where(chosen.Take(count).Concat(others).Contains)], all);
    }

    /// <summary>On which node a task is, by its number from 0.</summary>
    public int NodeOf(int rank)
    {
        var node = 0;
        while (FirstOn(node + 1) <= rank)
            node++;
        return node;
    }

    /// <summary>The first task on a node; behind the last node how many tasks there are.</summary>
    public int FirstOn(int node)
    {
        var (each, more) = Math.DivRem(Tasks, Nodes.Count);
        return (node * each) + Math.Min(node, more);
    }

    private static string FewerNodes(int tasks, int nodes) => $"can't run {tasks} processes on {nodes} nodes, setting nnodes to {tasks}";
}
