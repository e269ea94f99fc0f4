namespace Cairn.Cli.Tests.LocalScheduler;

/// <summary>Whatever a job started ends with it, however it ends.</summary>
public class NothingIsLeftTests
{
    // Escapes in three ways, and writes the pids down.
    private const string Escapers =
        """
        #!/bin/bash
        setsid sleep 600 & echo $! >> pids
        nohup sleep 600 > /dev/null 2>&1 & echo $! >> pids
        (setsid bash -c 'sleep 600 & echo $! >> pids; sleep 600' &)
        while [ $(wc -l < pids) -lt 3 ]; do sleep 0.05; done
        echo ready
        """;

    private static void AllGone(Local local)
    {
        foreach (var pid in File.ReadAllLines(Path.Combine(local.Folder, "pids")))
        {
            var command = $"/proc/{pid}/cmdline";
            Assert.True(SpinWait.SpinUntil(() => !IsSleep(command), TimeSpan.FromSeconds(30)), $"pid {pid} is left");
        }

        static bool IsSleep(string path)
        {
            try
            {
                return File.ReadAllText(path).StartsWith("sleep", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void After_its_own_end()
    {
        using var local = new Local();
        Assert.Equal(0, local.Run("--", local.Script("job.sh", Escapers)));
        AllGone(local);
    }

    [Fact]
    public void After_a_requeue()
    {
        using var local = new Local();
        var script = local.Script("job.sh", "#!/bin/bash\n[ $CAIRN_ATTEMPT = 2 ] && exit 0\n" + Escapers[12..] + "\nscontrol requeue $SLURM_JOB_ID\nsleep 600\n");
        Assert.Equal(0, local.Run("--requeue-delay", "50ms", "--", script));
        AllGone(local);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void After_a_signal_to_cairn_itself(string signal, int code)
    {
        using var local = new Local();
        local.Start("--kill-wait", "500ms", "--", local.Script("job.sh", Escapers + "\nsleep 600\n"));
        local.WaitFor("ready");
        local.Signal(signal);
        Assert.Equal(code, local.WaitForEnd());
        AllGone(local);
    }

    [Fact]
    public void A_second_Ctrl_C_waits_no_more()
    {
        using var local = new Local();
        local.Start("--kill-wait", "10m", "--", "python3", Local.Python("listen.py"));
        local.WaitFor("listening");
        local.Signal("INT");
        local.WaitFor("heard TERM");
        local.Signal("INT");
        Assert.Equal(130, local.WaitForEnd());
    }

    [Fact]
    public void The_program_itself_even_when_cairn_is_killed()
    {
        using var local = new Local();
        local.Start("--", local.Script("job.sh", "#!/bin/bash\necho $$ > pids\nexec -a sleep sleep 600\n"));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(Path.Combine(local.Folder, "pids")) && File.ReadAllText(Path.Combine(local.Folder, "pids")).EndsWith('\n'), TimeSpan.FromSeconds(60)));
        local.Signal("KILL");
        Assert.Equal(137, local.WaitForEnd());
        AllGone(local);
    }
}
