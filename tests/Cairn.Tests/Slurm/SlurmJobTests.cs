using Cairn.Slurm;

namespace Cairn.Tests.Slurm;

public class SlurmJobTests
{
    private static SlurmJob? Job(params (string Name, string Value)[] variables) =>
        SlurmJob.FromEnvironment(name => variables.Where(variable => variable.Name == name).Select(variable => variable.Value).FirstOrDefault());

    [Fact]
    public void Outside_of_a_job_there_is_none() => Assert.Null(Job(("SLURM_CLUSTER_NAME", "x")));

    [Fact]
    public void A_plain_job()
    {
        var job = Job(("SLURM_JOB_ID", "17"), ("SLURM_JOB_PARTITION", "gpu"), ("SLURM_JOB_START_TIME", "1700000000"), ("SLURM_JOB_END_TIME", "1700003600"))!;
        Assert.Equal(("17", "17", 0, 0, 1, "gpu"), (job.Id, job.RequeueId, job.Restarts, job.Rank, job.WorldSize, job.Partition));
        Assert.Equal(TimeSpan.FromHours(1), job.EndTime - job.StartTime);
        Assert.Null(job.ArrayTask);
    }

    [Fact]
    public void An_array_element_is_named_by_array_and_task_never_by_its_raw_id()
    {
        var job = Job(("SLURM_JOB_ID", "20"), ("SLURM_ARRAY_JOB_ID", "20"), ("SLURM_ARRAY_TASK_ID", "3"), ("SLURM_RESTART_COUNT", "2"))!;
        Assert.Equal(("20_3", "20_3", "3", 2), (job.Id, job.RequeueId, job.ArrayTask, job.Restarts));
    }

    [Fact]
    public void A_heterogeneous_job_is_requeued_by_its_leader()
    {
        var job = Job(("SLURM_JOB_ID", "31"), ("SLURM_JOB_ID_HET_GROUP_0", "30"))!;
        Assert.Equal(("31", "30"), (job.Id, job.RequeueId));
    }

    [Fact]
    public void Ranks_count_inside_a_step_alone()
    {
        var task = Job(("SLURM_JOB_ID", "1"), ("SLURM_STEP_ID", "0"), ("SLURM_PROCID", "3"), ("SLURM_NTASKS", "8"))!;
        Assert.Equal((3, 8), (task.Rank, task.WorldSize));
        var batchShell = Job(("SLURM_JOB_ID", "1"), ("SLURM_PROCID", "0"), ("SLURM_NTASKS", "8"))!;
        Assert.Equal((0, 1), (batchShell.Rank, batchShell.WorldSize));
    }

    [Theory]
    [InlineData("SLURM_RESTART_COUNT", "two")]
    [InlineData("SLURM_JOB_END_TIME", "99999999999999999")]
    [InlineData("SLURM_JOB_START_TIME", "-1")]
    public void A_variable_that_Slurm_never_sets_so_is_named(string name, string value)
    {
        var error = Assert.Throws<SlurmEnvironmentException>(() => Job(("SLURM_JOB_ID", "1"), (name, value)));
        Assert.Contains($"{name} is '{value}'", error.Message, StringComparison.Ordinal);
    }
}
