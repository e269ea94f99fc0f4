using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Slurm.Tests;

/// <summary>The srun of <c>cairn local</c> beside the real one: one script, the same words from both.</summary>
[Trait("Category", "slow")]
public class SrunLikenessTests(Clusters clusters)
{
    private const string Task =
        """
        for s in HUP INT QUIT USR1 USR2 TERM; do trap "echo $s $SLURM_PROCID >> heard" $s; done
        touch up$SLURM_PROCID
        until [ -e over ]; do sleep 0.1; done
        """;

    private const string Script =
        """
        #!/bin/bash
        #SBATCH --time=5 --ntasks=2 --nodes=1

        signal() { # SIGNAL [again]
            rm -f up0 up1 heard over; touch heard
            srun bash task.sh 2> said &
            pid=$!
            until [ -e up0 ] && [ -e up1 ]; do sleep 0.1; done
            kill -$1 $pid; [ -z "$2" ] || { sleep 0.2; kill -$1 $pid; rm heard; touch heard; }
            (sleep 1.5; touch over) & over=$!
            wait $pid; code=$?
            while kill -0 $pid 2> /dev/null; do wait $pid; code=$?; done
            wait $over
            [ -n "$2" ] && : > heard # whether INT was heard before the KILL is a race
            echo "$1 $2: code $code, heard $(sort heard | tr '\n' ' '), said $(grep -oE 'forcing job termination|one more within 1 sec|sending Ctrl-C' said | tr '\n' ' ')"
        }

        for one in USR1 USR2 TERM HUP QUIT INT ALRM; do signal $one; done
        signal INT again

        step() { srun "$@" 2> said; echo "code $?"; }
        step -K bash -c '[ $SLURM_PROCID = 0 ] && exit 3; sleep 20; echo survived'
        step --kill-on-bad-exit=0 bash -c '[ $SLURM_PROCID = 0 ] && exit 3; sleep 1; echo survived'
        step bash -c '[ $SLURM_PROCID = 0 ] && kill -KILL $$; sleep 1; echo survived'
        step -W 1 bash -c '[ $SLURM_PROCID = 0 ] || sleep 20'
        step -l bash -c 'echo out; printf end' | sort
        step -o o_%t_%n_%% bash -c 'echo out $SLURM_PROCID; echo err >&2'
        step -o both -e e_%t bash -c 'echo out; echo err >&2'
        step -o none echo lost
        step -o 1 bash -c 'echo only $SLURM_PROCID'
        tail -n 5 o_0_0_% o_1_0_% both e_0 e_1
        export OLD=old OTHER=other
        step -n 1 --export=ALL,OLD=new,NEW=1 bash -c 'echo $OLD $OTHER $NEW'
        step -n 1 --export=OLD,NEW=1 /bin/bash -c 'echo $OLD-$OTHER-$NEW-${SLURM_JOB_ID:+job}'
        step -n 1 --export=NONE /bin/bash -c 'echo $OLD-$OTHER-$SLURM_PROCID'
        step -n 1 --export=NONE true
        step --het-group=0 true
        step -i no-such-file true # the last, for the real one leaves its step behind
        """;

    [Fact]
    public async Task It_passes_on_and_takes_what_the_real_one_does()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("srun");
        await File.WriteAllTextAsync(Path.Combine(folder, "task.sh"), Task, TestContext.Current.CancellationToken);
        var job = await cluster.SubmitAsync(folder, Script);

        var here = Directory.CreateTempSubdirectory("cairn-srun-").FullName;
        try
        {
            foreach (var (name, text) in ((string, string)[])[("task.sh", Task), ("job.sh", Script)])
                await File.WriteAllTextAsync(Path.Combine(here, name), text.ReplaceLineEndings("\n"), TestContext.Current.CancellationToken);
            var local = await Cli.Wrap(Clusters.CommandLine).WithArguments(["local", "job.sh"]).WithWorkingDirectory(here)
                .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
            await job.WaitForEndAsync();
            Assert.Contains("TERM : code 137, heard , said forcing job termination", job.Log, StringComparison.Ordinal);
            Assert.Contains("USR2 : code 0, heard USR2 0 USR2 1 ,", job.Log, StringComparison.Ordinal);
            Assert.Equal(job.Log, local.StandardOutput);
        }
        finally
        {
            Directory.Delete(here, recursive: true);
        }
    }
}
