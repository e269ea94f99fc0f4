using Cairn.Cli.BatchScripts.Writing;
using CsCheck;

namespace Cairn.Cli.Tests.Scripts;

/// <summary>The scripts that are written: as they stand in Golden, and sound to cairn lint in every combination.</summary>
public sealed class ScriptWriterTests
{
    public static TheoryData<string, string[], string[]> Golden => new()
    {
        { "plain", ["time=12h"], ["python", "train.py"] },
        { "srun", ["time=90", "launcher=srun", "gpus-per-node=1", "mem=16G", "cpus-per-task=8"], ["./train", "--lr", "3e-4"] },
        { "dotnet", ["time=1d", "launcher=dotnet", "cpus-per-task=4"], ["Train.dll", "--epochs", "3"] },
        {
            "nodes",
            ["time=1-12:00:00", "nodes=2", "ntasks-per-node=4", "gpus-per-node=a100:4", "account=physics", "partition=gpu,long", "qos=high", "constraint=a100&ib", "module=cuda/12.4", "module=gcc", "conda=torch", "env=OMP_NUM_THREADS=8", "env=TITLE=it's $5", "checkpoint-dir=ckpt", "lead=5m", "logs=out/logs"],
            ["python", "-u", "train.py"]
        },
        { "array", ["time=6h", "array=0-15%4", "checkpoint-dir=my ckpt/", "venv=.venv/"], ["python", "train.py", "--name", "a b", "line\nbreak"] },
        { "container", ["time=10h", "container=my train.sif", "gpus-per-node=2", "bind=/scratch", "bind=/data:/in", "signal=USR1"], ["python", "train.py"] },
        { "torchrun", ["time=12h", "gpus-per-node=4", "cpus-per-task=32", "checkpoint-dir=ckpt"], ["torchrun", "--standalone", "--nproc_per_node=4", "train.py"] },
        { "torchrun-nodes", ["time=12h", "nodes=2", "gpus-per-node=4", "cpus-per-task=32", "checkpoint-dir=ckpt"], ["python3", "-u", "-m", "torch.distributed.run", "--nproc_per_node=4", "train.py"] },
        { "mpi", ["time=12h", "ntasks=8", "cpus-per-task=2", "mpi=pmi2", "module=mpich"], ["python", "fit.py"] },
        { "accelerate", ["time=12h", "container=train.sif", "signal=USR1"], ["accelerate", "launch", "--multi_gpu", "train.py"] },
        { "short", ["time=3", "job-name=a #1 job"], ["./train"] },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void A_script_is_as_it_stands_in_its_file(string name, string[] settings, string[] program)
    {
        var script = Plans.Script(settings, program);
        AssertSound(script);
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Scripts/Golden", name + ".sh")), script);
    }

    // A launcher a task would be several launchers a node, each with all of the node's processes.
    [Theory]
    [InlineData("ntasks-per-node=4", "torchrun", "--ntasks-per-node '4': torchrun starts the processes of a node itself")]
    [InlineData("ntasks=4", "accelerate launch", "--ntasks '4': accelerate launch starts")]
    [InlineData("nodes=2 ntasks=8", "python -m torch.distributed.run", "--ntasks '8': python -m torch.distributed.run starts")]
    [InlineData("launcher=srun ntasks-per-node=2", "deepspeed", "--ntasks-per-node '2': deepspeed starts")]
    [InlineData("nodes=2", "deepspeed", "--nodes '2': deepspeed has to be told on each node")]
    [InlineData("nodes=2", "/opt/env/bin/accelerate launch", "--nodes '2': accelerate launch has to be told on each node")]
    [InlineData("mpi=pmi2", "torchrun", "--mpi 'pmi2': torchrun starts the processes of a node itself, and they are no ranks of MPI")]
    [InlineData("nodes=2", "torchrun --standalone", "--nodes '2': torchrun --standalone stays on one node")]
    public void A_launcher_that_would_be_started_too_often_or_know_too_little_is_refused(string settings, string program, string said)
    {
        var refusal = Assert.Throws<UsageException>(() => Plans.Script(["time=12h", .. settings.Split(' ')], [.. program.Split(' '), "train.py"]));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ntasks=1", "torchrun", "\nexec cairn run -- torchrun train.py\n")]
    [InlineData("nodes=1", "python -m deepspeed", "\nexec cairn run -- python -m deepspeed train.py\n")]
    [InlineData("nodes=2 ntasks=2", "torchrun", "\n#SBATCH --ntasks-per-node=1\n")]
    [InlineData("ntasks=4", "accelerate", "\nexec cairn run -- srun --kill-on-bad-exit=1 cairn run --task -- accelerate train.py\n")] // not `accelerate launch`
    [InlineData("ntasks=4", "python -m train", "\nexec cairn run -- srun --kill-on-bad-exit=1 cairn run --task -- python -m train train.py\n")]
    public void A_launcher_that_fits_is_the_one_task_of_its_node(string settings, string program, string part)
    {
        var script = Plans.Script(["time=12h", .. settings.Split(' ')], [.. program.Split(' '), "train.py"]);
        Assert.Contains(part, script, StringComparison.Ordinal);
        AssertSound(script);
    }

    [Theory]
    [InlineData(true, "ntasks=2")]
    [InlineData(true, "ntasks-per-node=2")]
    [InlineData(true, "nodes=2")]
    [InlineData(true, "nodes=2 ntasks-per-node=1")]
    [InlineData(true, "launcher=srun ntasks=4")]
    [InlineData(true, "launcher=dotnet nodes=4")]
    [InlineData(false, "nodes=1 ntasks=1 ntasks-per-node=1")]
    [InlineData(false, "ntasks=1")]
    [InlineData(false, "cpus-per-task=8")]
    public void Ranks_do_not_outlive_a_dead_one(bool several, string settings) =>
        Assert.Equal(several, Plans.Script(["time=12h", .. settings.Split(' ')], "./train").Contains("srun --kill-on-bad-exit=1 ", StringComparison.Ordinal));

    [Theory]
    [InlineData("pmix", "none pmi2 pmix", "pmix")]
    [InlineData("cray_shasta", "", "cray_shasta")]
    [InlineData("none", "none pmi2", "pmi2")]
    [InlineData(null, "none pmix cray_shasta", "pmix")]
    [InlineData("none", "none pmi2 pmix", "--mpi auto: srun has both pmi2 and pmix here, and MpiDefault is none. Say which it is: pmi2 for MPICH, pmix for OpenMPI.")]
    [InlineData(null, "", "--mpi auto: there is no srun here that names pmi2 or pmix. Say which it is: pmi2 for MPICH, pmix for OpenMPI.")]
    public void The_site_says_how_MPI_is_started_where_it_can_be_one_way_alone(string? usual, string types, string said)
    {
        var resolved = Record.Exception(() => Assert.Equal(said, MpiChoice.Resolve(new("auto", "--mpi"), usual, types.Split(' ')).Text));
        Assert.True(resolved is null || (resolved is UsageException refusal && refusal.Message == said), resolved?.Message);
    }

    [Theory]
    [InlineData("PMI2")]
    [InlineData("pmi2 --x")]
    [InlineData("")]
    public void A_type_that_srun_cannot_have_is_refused(string type) =>
        Assert.Contains("srun --mpi=list names", Assert.Throws<UsageException>(() => Plans.Script(["time=12h", "mpi=" + type], "./train")).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_combination_is_sound()
    {
        var axes = (string[][][])
        [
            [["launcher=wrapper"], ["launcher=srun"], ["launcher=dotnet"]],
            [[], ["array=0-3"]],
            [[], ["nodes=2", "ntasks-per-node=4"], ["ntasks=8", "cpus-per-task=2", "mpi=pmix"]],
            [[], ["gpus-per-node=1", "mem=64G"]],
            [[], ["container=x.sif"], ["container=x y.sif", "bind=/data"]],
            [[], ["module=cuda", "conda=torch"], ["venv=/opt/my env", "env=A=b c"]],
            [[], ["checkpoint-dir=ckpt"], ["checkpoint-dir=/shared/it's"]],
            [[], ["signal=USR1", "lead=300"]],
            [["time=3"], ["time=12h"]],
            [[], ["account=a", "partition=b,c", "logs=deep/er"]],
        ];
        var scripts = 0;
        Combine([], 0);
        Assert.Equal(axes.Aggregate(1, (product, axis) => product * axis.Length) * 3 / 4, scripts);

        void Combine(string[] settings, int axis)
        {
            if (axis == axes.Length)
            {
                string[] program = settings[0] switch { "launcher=wrapper" => ["python", "-u", "train.py", "--out", "x y"], "launcher=srun" => ["./train"], _ => ["Train.dll"] };
                var script = Plans.Script(settings, program);
                Assert.True(Plans.Findings(script).Length == 0, $"{Plans.Findings(script)}\n{script}");
                scripts++;
                return;
            }

            foreach (var choice in axes[axis])
            {
                // A lead of five minutes does not fit into three.
                if (!(choice.Contains("time=3") && settings.Contains("lead=300")))
                    Combine([.. settings, .. choice], axis + 1);
            }
        }
    }

    [Fact]
    public void Whatever_the_arguments_are_the_script_is_sound() => Gen.String[Gen.Char["ab \t\n'\"\\$`#&|;<>(){}*?~=%-.\u00e9"], 0, 12].Array[0, 4].Sample(arguments =>
        Plans.Findings(Plans.Script(["time=12h", "env=TEXT=" + string.Concat(arguments)], ["python", "train.py", .. arguments])) is var findings
            && (findings.Length == 0 ? true : throw new InvalidOperationException(findings)));

    // CAIRN025 is a note there: below a launcher a program has to look at CAIRN_STATUS, which a script cannot show.
    private static void AssertSound(string script) =>
        Assert.DoesNotContain(Plans.Findings(script).Split('\n'), line => line.Length > 0 && !line.Contains("unless it looks at CAIRN_STATUS", StringComparison.Ordinal));
}
