using Cairn.Attempts;

namespace Cairn.Tests.Attempts;

public class AllocationTests
{
    // What Slurm sets, and what of it counts: nodes, and the GPUs of all of them together.
    [Theory]
    [InlineData("SLURM_JOB_ID=7", null, null)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=2", 2, null)]
    [InlineData("SLURM_JOB_ID=7 SLURM_NNODES=3 SLURM_GPUS_ON_NODE=4", 3, 12)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=2 SLURM_GPUS=6 SLURM_GPUS_ON_NODE=4", 2, 6)]
    [InlineData("SLURM_JOB_ID=7 SLURM_GPUS=a100:8", null, 8)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=2 SLURM_GPUS=a100:4,h100:2 SLURM_GPUS_ON_NODE=4", 2, 6)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=2 SLURM_GPUS=a100:4,2147483647", 2, null)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=2 SLURM_GPUS=a100:4, SLURM_GPUS_ON_NODE=2", 2, 4)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=2 SLURM_NTASKS=4 SLURM_TASKS_PER_NODE=1,3 SLURM_GPUS_PER_TASK=1 SLURM_GPUS_ON_NODE=1", 2, 4)] // one on this node, three on the other
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=2 SLURM_NTASKS=4 SLURM_GPUS_PER_TASK=a100:2 SLURM_GPUS=6", 2, 6)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=2 SLURM_GPUS_PER_TASK=1 SLURM_GPUS_ON_NODE=2", 2, 4)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=1 SLURM_JOB_GPUS=0,3", 1, 2)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=many SLURM_GPUS=-1 SLURM_GPUS_ON_NODE=4", null, 4)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=2147483647 SLURM_GPUS_ON_NODE=2147483647", int.MaxValue, null)]
    public void What_a_job_has_is_told_by_its_environment(string environment, int? nodes, int? gpus)
    {
        var told = Of(environment)!;
        Assert.Equal((nodes, gpus), (told.NodeCount, told.Gpus));
    }

    [Fact]
    public void Names_are_as_Slurm_writes_them() => Assert.Equal(
        new Allocation("alpha", "gpu", "n[1-2]", 2, null),
        Of("SLURM_JOB_ID=7 SLURM_CLUSTER_NAME=alpha SLURM_JOB_PARTITION=gpu SLURM_JOB_NODELIST=n[1-2] SLURM_JOB_NUM_NODES=2"));

    [Fact]
    public void Outside_of_a_job_there_is_none() => Assert.Null(Of("SLURM_GPUS=4"));

    private static Allocation? Of(string environment)
    {
        var variables = environment.Split(' ').Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return Allocation.FromEnvironment(variables.GetValueOrDefault);
    }
}
