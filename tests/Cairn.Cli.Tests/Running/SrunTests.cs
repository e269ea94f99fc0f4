namespace Cairn.Cli.Tests.Running;

/// <summary>srun inside of <c>cairn local</c>, as 22.05 was seen to be; the same scripts are played on the real one by SrunLikenessTests.</summary>
public sealed class SrunTests : IDisposable
{
    // Says what it hears, until something has been heard and a moment has gone by, or until it is ended.
    private const string Listener =
        """
        for s in HUP INT QUIT USR1 USR2 ALRM TERM CONT; do trap "echo heard $s $SLURM_PROCID >> heard; touch over" $s; done
        touch up$SLURM_PROCID
        until [ -e over ]; do sleep 0.05; done
        sleep 0.3
        """;

    private readonly Sandbox _sandbox = new();

    [Theory]
    [InlineData("USR1", "", "heard USR1 0, heard USR1 1", 0)]
    [InlineData("USR2", "", "heard USR2 0, heard USR2 1", 0)]
    [InlineData("TERM", "forcing job termination", "", 137)]
    [InlineData("HUP", "forcing job termination", "", 137)]
    [InlineData("QUIT", "forcing job termination", "", 137)]
    [InlineData("INT", "one more within 1 sec to abort", "", 0)]
    [InlineData("ALRM", "", "", 0)]
    public async Task Passes_on_what_Slurm_passes_on(string signal, string said, string heard, int code)
    {
        _sandbox.Script("task", Listener);
        _sandbox.Script(
            "job.sh",
            $"""
            srun -n 2 ./task &
            pid=$!
            until [ -e up0 ] && [ -e up1 ]; do sleep 0.02; done
            kill -{signal} $pid
            [ {code} = 137 ] || (sleep 0.7; touch over) &
            wait $pid; code=$?
            while kill -0 $pid 2> /dev/null; do wait $pid; code=$?; done
            echo "srun: $code"
            """);
        var run = await _sandbox.Local("job.sh");
        Assert.Equal($"srun: {code}\n", run.Output);
        Assert.Equal(heard, string.Join(", ", _sandbox.Lines("heard").Order(StringComparer.Ordinal)));
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kill -USR1 $PPID", 138)]
    [InlineData("kill -TERM $PPID", 137)]
    [InlineData("scancel --signal=USR1 $SLURM_JOB_ID.$SLURM_STEP_ID", 138)]
    [InlineData("scancel --signal=USR1 $SLURM_JOB_ID", 138)]
    public async Task What_comes_while_tasks_are_being_started_reaches_all_of_them(string sends, int code)
    {
        // The first runs long before srun has started the last.
        _sandbox.Script("task", $"[ $SLURM_PROCID = 0 ] && {{ {sends}; exit 0; }}\nsleep 20; touch missed$SLURM_PROCID");
        _sandbox.Script("job.sh", "srun -n 40 ./task\necho \"srun: $?\"");
        Assert.Equal($"srun: {code}\n", (await _sandbox.Local("job.sh")).Output);
        Assert.Empty(Directory.GetFiles(_sandbox.Folder, "missed*"));
    }

    [Fact]
    public async Task A_second_INT_within_a_second_ends_the_tasks()
    {
        _sandbox.Script("task", Listener);
        _sandbox.Script("job.sh", "srun ./task &\nuntil [ -e up0 ]; do sleep 0.02; done\nkill -INT $!; sleep 0.1; kill -INT $!\nwait $!; echo \"srun: $?\"\n");
        var run = await _sandbox.Local("job.sh");
        Assert.Equal("srun: 137\n", run.Output);
        Assert.Contains("sending Ctrl-C to StepId=", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-K", "srun: 143")]
    [InlineData("--kill-on-bad-exit", "srun: 143")]
    [InlineData("--kill-on-bad-exit=1", "srun: 143")]
    [InlineData("--kill-on-bad-exit=0", "survived, srun: 3")]
    [InlineData("-K0", "survived, srun: 3")]
    [InlineData("-W1", "srun: 137")]
    [InlineData("-u", "survived, srun: 3")]
    public async Task A_step_waits_for_its_tasks_unless_it_is_to_end_with_the_first_that_fails(string option, string expected)
    {
        _sandbox.Script("task", "[ $SLURM_PROCID = 1 ] && exit 3\nfor i in {1..20}; do sleep 0.1; done\necho survived");
        _sandbox.Script("job.sh", $"srun -n 2 {option} ./task\necho \"srun: $?\"");
        Assert.Equal(expected, (await _sandbox.Local("job.sh")).Output.Trim().Replace("\n", ", ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_ignores_the_end_of_its_step_is_killed_after_KillWait()
    {
        _sandbox.Script("task", "if [ $SLURM_PROCID = 1 ]; then until [ -e deaf ]; do sleep 0.02; done; exit 3; fi\ntrap '' TERM\ntouch deaf\nsleep 60");
        _sandbox.Script("job.sh", "srun -n 2 -K ./task\necho \"srun: $?\"");
        Assert.Equal("srun: 137\n", (await _sandbox.Local("--kill-wait", "300ms", "job.sh")).Output);
    }

    [Fact]
    public async Task Streams_are_files_labels_or_nothing()
    {
        _sandbox.Write("in_0", "zero");
        _sandbox.Write("in_1", "one");
        _sandbox.Script(
            "job.sh",
            """
            #SBATCH --job-name=j --ntasks-per-node=2
            srun -l bash -c 'echo out; printf end' | sort
            srun -o o_%t_%s_%x_%% -i in_%t bash -c 'cat; echo err >&2'
            srun -o both -e e_%t bash -c 'echo out $SLURM_PROCID; echo err $SLURM_PROCID >&2'
            srun -o both --open-mode=append -n 1 echo more
            srun -o none echo lost
            srun -o 1 bash -c 'echo only $SLURM_PROCID'
            srun -i no-such-file true; echo "srun: $?"
            srun -o no-such-folder/x true; echo "srun: $?"
            """);
        var run = await _sandbox.Local("job.sh");
        Assert.Equal("0: end\n0: out\n1: end\n1: out\nonly 1\nsrun: 1\nsrun: 1\n", run.Output);
        Assert.Equal("zeroerr\n", File.ReadAllText(_sandbox.At("o_0_1_j_%")));
        Assert.Equal("oneerr\n", File.ReadAllText(_sandbox.At("o_1_1_j_%")));
        Assert.Equal(["more", "out 0", "out 1"], _sandbox.Lines("both").Order());
        Assert.Equal(["err 1"], _sandbox.Lines("e_1"));
        Assert.Contains("Could not open stdin file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_go_through_as_export_says()
    {
        _sandbox.Script(
            "job.sh",
            """
            export OLD=old OTHER=other
            srun --export=ALL,OLD=new,NEW=1 bash -c 'echo $OLD $OTHER $NEW'
            srun --export=OLD,NEW=1 /bin/bash -c 'echo $OLD-$OTHER-$NEW-${SLURM_JOB_ID:+job}'
            srun --export=NONE /bin/bash -c 'echo $OLD-$OTHER-${SLURM_PROCID}'
            srun --export=NONE bash -c true; echo "srun: $?"
            srun -c 3 bash -c 'echo $SLURM_CPUS_PER_TASK'
            """);
        // As 22.05 does it: with ALL what is there keeps its value, and without PATH there is no bash.
        Assert.Equal("old other 1\nold--1-job\n--0\nsrun: 2\n3\n", (await _sandbox.Local("job.sh")).Output);
    }

    [Fact]
    public async Task What_is_not_imitated_is_said_once_and_what_cannot_be_is_refused()
    {
        _sandbox.Script(
            "job.sh",
            """
            #SBATCH --container-image=image
            try() { srun "$@" true; echo "= $?"; }
            try --gpus=2 --mpi=pmix -vv -u --exclusive
            try --gpus 2 --container-image image --site-option=x
            try --het-group=0
            try --bogus
            try --lable
            try --nodes=2
            """);
        var run = await _sandbox.Local("job.sh");
        Assert.Equal(["= 0", "= 0", "= 1", "= 1", "= 1", "= 1"], run.Output.Trim().Split('\n'));
        string[] expected =
        [
            "job.sh:2: --container-image is no option of sbatch itself", "without effect here: srun --gpus --mpi\n",
            "without effect here: srun --container-image --site-option\n", "heterogeneous", "knows no option --bogus", "--label is the nearest", "Only allocated 1 nodes asked for 2",
        ];
        Assert.All(expected, text => Assert.Contains(text, run.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_go_through()
    {
        _sandbox.Script("shows", "printf %s \"$1$ODD\" | od -An -tx1; srun -n1 bash -c 'printf %s \"$1$ODD\" | od -An -tx1' x \"$1\"");
        _sandbox.Script("outer", $"ODD=$'\\xfe' exec '{Sandbox.Program}' local --form exec -- ./shows $'\\xff'");
        var answer = await CliWrap.Buffered.BufferedCommandExtensions.ExecuteBufferedAsync(
            CliWrap.Cli.Wrap(_sandbox.At("outer")).WithWorkingDirectory(_sandbox.Folder), TestContext.Current.CancellationToken);
        Assert.Equal(" ff fe\n ff fe\n", answer.StandardOutput);
    }

    [Fact]
    public async Task A_parent_that_ignores_CHLD_hides_no_failure()
    {
        _sandbox.Script("outer", $"trap '' CHLD; '{Sandbox.Program}' local -- sh -c 'sleep 0.2; exit 7'; echo \"local: $?\"; '{Sandbox.Program}' local job.sh; echo \"local: $?\"");
        _sandbox.Script("job.sh", "(trap '' CHLD; exec srun sh -c 'sleep 0.2; exit 7')");
        var answer = await CliWrap.Buffered.BufferedCommandExtensions.ExecuteBufferedAsync(
            CliWrap.Cli.Wrap(_sandbox.At("outer")).WithWorkingDirectory(_sandbox.Folder), TestContext.Current.CancellationToken);
        Assert.Equal("local: 7\nlocal: 7\n", answer.StandardOutput);
    }

    public void Dispose() => _sandbox.Dispose();
}
