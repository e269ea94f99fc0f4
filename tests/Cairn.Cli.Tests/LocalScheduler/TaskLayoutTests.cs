using Cairn.Cli.LocalScheduler.Jobs;

namespace Cairn.Cli.Tests.LocalScheduler;

/// <summary>Which task is on which node, and what becomes of requests that contradict each other.</summary>
public class TaskLayoutTests
{
    [Theory]
    [InlineData(1, null, null, "a 1: 0")]
    [InlineData(2, null, null, "a,b 1(x2): 0 | 1")]
    [InlineData(2, 4, null, "a,b 2(x2): 0 1 | 2 3")]
    [InlineData(3, 5, null, "a,b,c 2(x2),1: 0 1 | 2 3 | 4")]
    [InlineData(3, 4, null, "a,b,c 2,1(x2): 0 1 | 2 | 3")]
    [InlineData(2, null, 3, "a,b 3(x2): 0 1 2 | 3 4 5")]
    [InlineData(2, 3, 2, "a,b 2,1: 0 1 | 2")]
    [InlineData(3, 2, null, "a,b 1(x2): 0 | 1; can't run 2 processes on 3 nodes, setting nnodes to 2")]
    public void A_job(int nodes, int? tasks, int? perNode, string expected) => Assert.Equal(expected, InWords(TaskLayout.OfJob(Names, nodes, tasks, perNode, out var note), note));

    [Theory]
    [InlineData(null, null, null, null, "a,b,c 1(x3): 0 | 1 | 2")]
    [InlineData(null, 6, null, null, "a,b,c 2(x3): 0 1 | 2 3 | 4 5")]
    [InlineData(2, 4, 1, null, "a,b 2(x2): 0 1 | 2 3; can't honor --ntasks-per-node set to 1 which doesn't match the requested tasks 4 with the number of requested nodes 2. Ignoring --ntasks-per-node.")]
    [InlineData(4, 2, null, null, "a,b 1(x2): 0 | 1; can't run 2 processes on 4 nodes, setting nnodes to 2")]
    [InlineData(1, 1, null, null, "a 1: 0")]
    [InlineData(1, 1, null, "c", "c 1: 0")]
    [InlineData(null, 2, null, "c,b", "b,c 1(x2): 0 | 1")]
    [InlineData(2, 2, null, "c", "a,c 1(x2): 0 | 1")]
    [InlineData(2, null, 1, null, "a,b 1(x2): 0 | 1")]
    [InlineData(2, null, null, null, "a,b 1(x2): 0 | 1")]
    [InlineData(null, 1, null, null, "a 1: 0; can't run 1 processes on 3 nodes, setting nnodes to 1")]
    [InlineData(4, null, null, null, "; Only allocated 3 nodes asked for 4 (cairn local --nodes N plays several)")]
    [InlineData(null, null, null, "d", "; Unable to create step: Requested node configuration is not available (node d is not in this job, which has a,b,c)")]
    public void A_step_of_three_nodes(int? nodes, int? tasks, int? perNode, string? list, string expected) =>
        Assert.Equal(expected, InWords(new TaskLayout(Names(3), 6).OfStep(nodes, tasks, perNode, list?.Split(','), out var note), note));

    [Fact]
    public void A_job_that_fits_on_no_nodes_is_refused() =>
        Assert.Contains("Requested node configuration is not available", Assert.Throws<UsageException>(() => TaskLayout.OfJob(Names, 2, 4, 1, out _)).Message, StringComparison.Ordinal);

    [Fact]
    public void On_the_only_node_names_of_a_cluster_mean_nothing() => Assert.Equal("a 2: 0 1", InWords(new TaskLayout(Names(1), 2).OfStep(null, 2, null, ["gpu07"], out var note), note));

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(number => $"{(char)('a' + number)}")];

    private static string InWords(TaskLayout? layout, string? note)
    {
        var places = layout is null ? null : Enumerable.Range(0, layout.Tasks).GroupBy(layout.NodeOf).OrderBy(node => node.Key).Select(node => string.Join(' ', node));
        return $"{(places is null ? "" : $"{layout!.NodeList} {layout.TasksPerNode}: {string.Join(" | ", places)}")}{(note is null ? "" : $"; {note}")}";
    }
}
