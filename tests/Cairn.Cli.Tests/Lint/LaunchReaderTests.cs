using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.Lint;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Tests.Lint;

/// <summary>Who hears a warning with --signal=USR2, and with --signal=B:USR2: the first two columns of docs/slurm.md, through what people put before a program.</summary>
public sealed class LaunchReaderTests
{
    private static string Name(int? signal) => signal is { } number ? SlurmSignals.Format(number) : "?";

    [Theory]
    [InlineData("python train.py", "train.py")]
    [InlineData("srun python -u -W ignore src/train.py --resume", "train.py")]
    [InlineData("python $ROOT/train.py", "train.py")]
    [InlineData("/opt/env/bin/python3 -m solver.main config.py", "python3 -m solver.main")]
    [InlineData("Rscript --vanilla fit.R 7", "fit.R")]
    [InlineData("julia -t 4 --project=. fit.jl", "fit.jl")]
    [InlineData("bash jobs/run.sh", "run.sh")]
    [InlineData("python $SCRIPT config.py", "python")]
    [InlineData("python", "python")]
    [InlineData("./solve input.py", "./solve")]
    [InlineData("torchrun --nproc_per_node=4 train.py", "torchrun")]
    [InlineData("shifter run --mount=type=bind,source=/a,destination=/b example/solver:1 ./solve", "./solve")]
    [InlineData("shifter --image=example/solver:1 python fit.py", "fit.py")]
    public void A_message_names_what_an_interpreter_runs(string command, string name) => Assert.Equal(name, Read(command)!.Name);

    private static Launch? Read(string command) => LaunchReader.Read(ShellScript.Parse(command).Commands[0]);

    [Theory]
    [InlineData("python train.py", false, false)]
    [InlineData("./train", false, false)]
    [InlineData("exec ./train", false, true)]
    [InlineData("exec env -u A B=1 nice -n 5 numactl -N 0 ./train", false, true)]
    [InlineData("exec ./train | tee log", false, false)]
    [InlineData("(exec ./train)", false, false)]
    [InlineData("exec ./train &", false, false)]
    [InlineData("srun ./train", true, false)]
    [InlineData("srun -n 4 --cpu-bind=cores --mpi pmix -u ./train", true, false)]
    [InlineData("/usr/bin/srun python -u train.py", true, false)]
    [InlineData("exec srun ./train", true, true)]
    [InlineData("srun apptainer exec --nv -B /data img.sif python train.py", true, false)]
    [InlineData("srun bash -c './train'", true, false)]
    [InlineData("srun bash -c 'source venv/bin/activate; ./train'", true, false)]
    [InlineData("srun bash -lc './train; exit $?'", false, false)]
    [InlineData("srun bash -c 'cd x; exec ./train; true'", true, false)]
    [InlineData("srun bash -c 'cd x && exec ./train > log'", true, false)]
    [InlineData("srun bash -c 'if [ -e a ]; then exec ./train a; fi; exec ./train b'", true, false)]
    [InlineData("srun bash -c 'cd x && . ./env.sh && A=1 ./train'", true, false)]
    [InlineData("srun bash -c 'cd x && . ./env.sh; ./train'", true, false)]
    [InlineData("srun bash -c 'cd x; . ./env.sh && ./train'", false, false)]
    [InlineData("srun bash -c 'set -e\n. ./env.sh && ./train\n'", true, false)]
    [InlineData("srun bash -c 'set -e\n./train\n  '", false, false)]
    [InlineData("srun bash -c './train > log'", false, false)]
    [InlineData("srun bash -c 'time ./train'", false, false)]
    [InlineData("srun bash -c './train && echo done'", false, false)]
    [InlineData("srun bash -c './train || exit 75'", false, false)]
    [InlineData("srun bash -c './train; echo done'", false, false)]
    [InlineData("srun bash -c './train 2>&1 | tee log'", false, false)]
    [InlineData("srun bash -c './train & wait'", false, false)]
    [InlineData("srun bash -c '(cd x; ./train)'", false, false)]
    [InlineData("srun bash -c 'if [ -e a ]; then ./train a; else ./train b; fi'", false, false)]
    [InlineData("srun bash -c 'for i in 1 2; do ./train $i; done'", false, false)]
    [InlineData("srun bash -c 'main() { ./train; }; main'", false, false)]
    [InlineData("srun bash -c './a; ./b'", false, false)]
    [InlineData("srun bash -c './a && ./b'", false, false)]
    [InlineData("srun bash -c './a\n./b'", false, false)]
    [InlineData("srun bash -c './a; ./b; echo done'", false, false)]
    [InlineData("srun bash -c './a; exec ./b'", true, false)]
    [InlineData("srun bash -c '[ -d data ] || ./a; ./b'", true, false)]
    [InlineData("srun bash -c 'python -m pip install -e .; python -u prepare.py && python train.py'", false, false)]
    [InlineData("srun bash -c 'python -m pip install -e . && python -u prepare.py && python train.py'", true, false)]
    [InlineData("srun bash -c 'port=$(python port.py); ./train $port'", true, false)]
    [InlineData("srun bash -c './monitor & \nexec ./train'", true, false)]
    [InlineData("srun bash -c './setup.sh; ./train'", true, false)]
    [InlineData("srun bash -c '. ./env.sh; \"$@\"' _ ./train", null, false)]
    [InlineData("srun bash -c 'trap stop USR2; ./train & wait'", null, false)]
    [InlineData("srun sh -c './train'", true, false)]
    [InlineData("srun sh -c './train; exit $?'", false, false)]
    [InlineData("srun dash -c './train'", false, false)]
    [InlineData("srun zsh -c './train > log'", true, false)]
    [InlineData("srun zsh -c './train; exit $?'", false, false)]
    [InlineData("srun zsh -c './train | tee log'", false, false)]
    [InlineData("srun conda run -n env python train.py", false, false)]
    [InlineData("srun dotnet run -c Release", false, false)]
    [InlineData("srun dotnet bin/train.dll", true, false)]
    [InlineData("srun torchrun --nproc-per-node 4 train.py", false, false)]
    [InlineData("srun python -m torch.distributed.run train.py", false, false)]
    [InlineData("srun python -m train", true, false)]
    [InlineData("srun accelerate launch train.py", false, false)]
    [InlineData("srun timeout 5h ./train", false, false)]
    [InlineData("srun timeout 5h bash -c ./train", false, false)]
    [InlineData("srun timeout -s USR2 5h ./train", null, false)]
    [InlineData("srun --nice conda run python train.py", false, false)]
    [InlineData("srun cairn run -- ./train", true, false)]
    [InlineData("srun cairn run --warn-with USR1 -- ./train", true, false)]
    [InlineData("srun cairn run -- torchrun train.py", false, false)]
    [InlineData("exec cairn run -- dotnet run", false, false)]
    [InlineData("srun conda run cairn run -- ./train", false, false)]
    [InlineData("exec cairn run -- srun cairn run --task -- ./train", true, true)]
    [InlineData("mpirun -np 4 ./train", null, null)]
    [InlineData("bash train.sh", null, null)]
    [InlineData("./train.sh", null, null)]
    [InlineData("$LAUNCHER ./train", null, null)]
    [InlineData("srun $CMD", null, false)]
    [InlineData("srun ./train.sh", null, false)]
    [InlineData("srun uv run train.py", null, false)]
    public void Who_hears_the_warning(string command, bool? asTask, bool? asBatchShell)
    {
        var launch = Read(command)!;
        Assert.Equal((asTask, asBatchShell), (launch.Hears(toBatchShell: false), launch.Hears(toBatchShell: true)));
    }

    [Theory]
    [InlineData("exec cairn run -- srun -n 4 cairn run --task -- ./train", "job USR2 USR2", "task in a task USR2 USR2")]
    [InlineData("srun cairn run --signal USR1 --checkpoint-dir ckpt -- ./train", "job in a task USR1 USR1")]
    [InlineData("cairn run --signal=SIGUSR1 --warn-with TERM -- bash -c 'exec cairn run --signal $S --task -- ./train'", "job USR1 TERM", "task ? ?")]
    [InlineData("srun ./train")]
    public void Each_wrapper_before_the_program_is_seen(string command, params string[] wrappers) => Assert.Equal(
        wrappers,
        Read(command)!.Wrappers.Select(wrapper => $"{(wrapper.IsTask ? "task" : "job")}{(wrapper.InTask ? " in a task" : "")} {Name(wrapper.Signal)} {Name(wrapper.WarnWith)}"));

    [Theory]
    [InlineData("", "srun x", false)]
    [InlineData("--ntasks=4", "srun x", true)]
    [InlineData("--ntasks=4", "srun -n1 x", false)]
    [InlineData("--ntasks=4", "srun -n 1 x", false)]
    [InlineData("--ntasks=4", "srun --ntasks=$N x", false)]
    [InlineData("--ntasks=4", "srun -N 1 x", true)]
    [InlineData("--ntasks=4", "srun --het-group=1 x", false)]
    [InlineData("--ntasks=1 --nodes=2", "srun x", false)]
    [InlineData("--nodes=2", "srun x", true)]
    [InlineData("--nodes=1-2", "srun x", false)]
    [InlineData("--nodes=2-4", "srun x", true)]
    [InlineData("--nodes=2", "srun -N1 x", false)]
    [InlineData("--tasks-per-node=2", "srun x", true)]
    [InlineData("", "srun --ntasks-per-node 2 x", true)]
    [InlineData("", "srun --nodes=2 x", true)]
    [InlineData("--ntasks=4", "x", false)]
    public void Several_tasks_are_several_when_that_is_sure(string options, string command, bool several)
    {
        var script = Corpus.Parse("job.sh", $"#!/bin/bash\n#SBATCH {options}\n{command}\n");
        Assert.Equal(several, StepTasks.AreSeveral(script, Read(command)!));
    }

    [Theory]
    [InlineData("echo hi")]
    [InlineData("cd /data")]
    [InlineData("module load cuda")]
    [InlineData("exec > log 2>&1")]
    [InlineData("srun hostname")]
    [InlineData("A=1")]
    [InlineData("conda activate env")]
    [InlineData("bash -c 'echo hi'")]
    public void What_only_prepares_is_no_launch(string command) => Assert.Null(Read(command));

    [Fact]
    public void Functions_stand_where_they_are_called_and_recursion_ends()
    {
        var flow = ScriptFlow.Of(ShellScript.Parse("f() { ./a; g; }\ng() { ./b; f; }\nunused() { ./c; }\n./first\nf &\nwait"));
        Assert.Equal(["./first", "./a", "./b"], flow.Launches.Select(launch => launch.Name));
        Assert.Equal([false, true, true], flow.Launches.Select(launch => launch.Command.Place.Background));
    }

    [Fact]
    public void Functions_that_multiply_do_no_harm()
    {
        var text = "f0() { ./a; }\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"f{i}() {{ f{i - 1}; f{i - 1}; }}\n")) + "f40\n";
        Assert.True(ScriptFlow.Of(ShellScript.Parse(text)).Commands.Count <= 20_000);
    }
}
