using Cairn.Cli.Lint;

namespace Cairn.Cli.Tests.Lint;

/// <summary>What a finding says depends on the script: the form that works there, and what happens there.</summary>
public sealed class WordsTests
{
    [Theory]
    [InlineData("B:USR1@120", "torchrun fit.py", "CAIRN021", "exec cairn run -- torchrun ...")]
    [InlineData("USR1@120", "torchrun fit.py", "CAIRN020", "exec cairn run -- torchrun ...")]
    [InlineData("B:USR1@120", "exec accelerate launch fit.py", "CAIRN025", "exec cairn run -- accelerate ...")]
    [InlineData("USR1@120", "srun torchrun fit.py", "CAIRN025", "exec cairn run -- srun cairn run --task -- torchrun ...")]
    [InlineData("B:USR1@120", "srun torchrun fit.py", "CAIRN021", "exec cairn run -- srun cairn run --task -- torchrun ...")]
    [InlineData("USR1@120", "srun python programs/spawns.py", "CAIRN025", "look at CAIRN_STATUS")]
    [InlineData("B:USR2@120", "exec cairn run -- torchrun programs/forgets.py", "CAIRN025", "Let the program look at CAIRN_STATUS")]
    [InlineData("B:USR2@120", "exec cairn run -- torchrun fit.py", "CAIRN025", "unless it looks at CAIRN_STATUS")]
    [InlineData("B:USR2@120", "exec mpirun cairn run -- ./solve", "CAIRN070", "exec cairn run -- mpirun ...")]
    [InlineData("B:USR1@120", "srun conda run -n ml python fit.py", "CAIRN021", "Take conda run away, and write --signal=USR1@120")]
    [InlineData("B:USR1@120", "conda run -n ml python fit.py", "CAIRN021", "Take conda run away, and put exec before the program")]
    [InlineData("B:USR1@120", "srun python fit.py", "CAIRN021", "fit.py hears no warning, but at once TERM")]
    [InlineData("B:USR1@120", "python fit.py", "CAIRN021", "fit.py ends with it, before anything was saved")]
    [InlineData("TERM@120", "trap 'scontrol requeue $SLURM_JOB_ID' TERM\npython fit.py", "CAIRN026", "at the limit bash still waits for fit.py")]
    [InlineData("TERM@120", "trap 'kill -USR1 $pid' TERM\npython fit.py &\npid=$!\nwait $pid", "CAIRN026", "at Slurm's own TERM")]
    [InlineData("USR1@120 --ntasks-per-node=8", "python fit.py", "CAIRN020", "srun --ntasks=1")]
    [InlineData("USR1@120 --mem=", "srun python fit.py", "CAIRN008", "--mem with an empty value")]
    [InlineData("B:USR1@120", "trap 'kill -USR1 $pid' USR1\npython fit.py &\npid=$!\nwait $pid", "CAIRN024", "whatever it was about to save")]
    [InlineData("B:TERM@120", "exec srun python fit.py", "CAIRN033", "Write --signal=TERM@120, without B:")]
    [InlineData("B:USR1@120", "trap \"kill $(jobs -p)\" USR1\npython fit.py &\nwait", "CAIRN035", "In double quotes $(jobs -p) is put in")]
    public void They_fit_the_script(string signal, string commands, string rule, string words)
    {
        var script = Corpus.Parse("job.sh", $"#!/bin/bash\n#SBATCH --time=12:00:00 --requeue --open-mode=append --signal={signal}\n{commands}\n");
        var flaw = Assert.Single(Linter.Check(script), finding => finding.Rule.Id == rule).Flaw;
        Assert.Contains(words, $"{flaw.WillHappen} {flaw.Advice}", StringComparison.Ordinal);
    }
}
