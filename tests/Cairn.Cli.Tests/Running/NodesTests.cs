using Cairn.Cli.Tests.PythonHelper;

namespace Cairn.Cli.Tests.Running;

/// <summary>Several nodes played on one machine: what a script and its tasks find, and ranks over them that stop at one step.</summary>
public sealed class NodesTests : IDisposable
{
    private readonly PythonFolder _folder = new();

    [Fact]
    public async Task A_task_finds_its_place()
    {
        _folder.Sandbox.Script(
            "job.sh",
            """
            #SBATCH --nodes=3 --ntasks=4
            echo $SLURM_JOB_NUM_NODES $SLURM_NTASKS $SLURM_TASKS_PER_NODE $SLURM_NODEID $(scontrol show hostnames "$SLURM_JOB_NODELIST" | wc -l)
            scontrol show job $SLURM_JOB_ID | grep -oE 'NumNodes=[0-9]+|NumTasks=[0-9]+' | xargs
            place='echo $SLURM_PROCID: $SLURM_NODEID.$SLURM_LOCALID of $SLURM_STEP_NUM_NODES $SLURM_STEP_TASKS_PER_NODE, $SLURM_GTIDS on ${SLURMD_NODENAME#$HOSTNAME}'
            srun -l bash -c "$place" | sort
            srun -N 1 -n 1 -w $(hostname)-node3 bash -c "$place"
            srun -N 4 true
            scontrol update nodename=$(hostname)-node2 state=down reason=test; sleep 60
            """);
        var run = await _folder.Sandbox.Local("--no-requeue", "--kill-wait", "100ms", "job.sh");
        Assert.Equal(
            [
                "3 4 2,1(x2) 0 3", "NumNodes=3 NumTasks=4",
                "0: 0: 0.0 of 3 2,1(x2), 0,1 on", "1: 1: 0.1 of 3 2,1(x2), 0,1 on", "2: 2: 1.0 of 3 2,1(x2), 2 on -node2", "3: 3: 2.0 of 3 2,1(x2), 3 on -node3", "0: 0.0 of 1 1, 0 on -node3",
            ],
            run.Output.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()));
        Assert.Contains("srun: error: Only allocated 3 nodes asked for 4", run.Error, StringComparison.Ordinal);
        Assert.Contains("the node failed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_nodes_than_tasks_are_as_many_as_tasks()
    {
        var run = await _folder.Sandbox.Local("--nodes", "3", "--ntasks", "2", "--", "bash", "-c", "echo $SLURM_PROCID $SLURM_NODEID $SLURM_NNODES");
        Assert.Equal(["0 0 2", "1 1 2"], run.Output.TrimEnd('\n').Split('\n').Order());
        Assert.Contains("warning: can't run 2 processes on 3 nodes, setting nnodes to 2", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nodes=2 --ntasks-per-node=2", "srun", 0, 0, 1, 1)]
    [InlineData("--cpus-per-task=2", "srun -n 3", 0, 0, 0)] // a job that does not say how many tasks it has
    public async Task Ranks_over_two_nodes_and_on_one_stop_at_one_step(string job, string srun, params int[] nodes)
    {
        _folder.Sandbox.Write(
            "train.py",
            """
            import cairn
            import os, subprocess, time
            rank, node = os.environ["SLURM_PROCID"], int(os.environ["SLURM_NODEID"])
            for step in range(1, 1000000):
                time.sleep(0.002 + 0.003 * node)
                if cairn.attempt() > 1 and step == 10:
                    break
                if step == 30 and rank == "2":
                    subprocess.Popen(["scancel", "--signal=USR2", os.environ["SLURM_JOB_ID"]])
                if cairn.stop_requested(step=step):
                    print("rank", rank, "on", node, "stops at", step, flush=True)
                    cairn.exit_for_requeue(step)
            cairn.finished()
            """);
        _folder.Sandbox.Script("cairn", $"exec {Sandbox.Program} \"$@\"");
        _folder.Sandbox.Write("job.sh", $"#!/bin/bash\n#SBATCH {job}\nexec ./cairn run --checkpoint-dir ckpt -- {srun} ./cairn run --task -- python3 -B train.py\n");
        var run = await _folder.Sandbox.Local("--time", "1h", "--requeue-delay", "100ms", "job.sh");
        Assert.True(run.ExitCode == 0, run.Error);
        var stops = run.Output.Split('\n').Where(line => line.Contains("stops at", StringComparison.Ordinal)).Order().ToList();
        var step = stops[0].Split(' ')[^1];
        Assert.Equal(nodes.Select((node, rank) => $"rank {rank} on {node} stops at {step}"), stops);
        Assert.Contains($"all {nodes.Length} ranks stop at step {step}", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
