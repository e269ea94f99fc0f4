using System.Globalization;
using Cairn.Cli.Processes;
using Cairn.Cli.Tests.Running;
using Cairn.Posix;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>
/// Slurm stops all processes of a suspended job, and moves its end by as much: nobody was late meanwhile. Slurm's part is played by a fake scontrol, and by STOP and CONT.
/// </summary>
[Trait("Category", "slow")]
public sealed class SuspendedJobTests : IDisposable
{
    // Twelve seconds of work, and a checkpoint after every fourth. When it is warned it takes three to save.
    private const string Program = """
        trap 'for i in {1..30}; do sleep 0.1; done; touch saved; exit 0' USR2
        for ((i = 0; i < 120; i++)); do ((i % 40)) || touch "ckpt/$i"; echo $i; sleep 0.1; done
        """;

    // signal(7)
    private const int Stop = 19;
    private const int Continue = 18;

    private readonly WrapperSandbox _sandbox = new();

    [Fact]
    public async Task What_it_did_not_write_meanwhile_is_no_hang()
    {
        await RunAsync(["--hang-timeout", "9s", "--lead", "1s"], TimeSpan.FromSeconds(16), until: () => _sandbox.Output.Contains("60\n", StringComparison.Ordinal));
        Assert.DoesNotContain("hangs", _sandbox.Error, StringComparison.Ordinal);
        Assert.EndsWith("119\n", _sandbox.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_old_end_warns_nobody_although_the_controller_is_silent()
    {
        Scontrol(end: 24);
        await RunAsync(["--lead", "1s"], TimeSpan.FromSeconds(26), until: () => _sandbox.Output.Contains("20\n", StringComparison.Ordinal) && File.Exists(_sandbox.At("calls")), silent: true);
        Assert.DoesNotContain("near", _sandbox.Error, StringComparison.Ordinal);
        Assert.EndsWith("119\n", _sandbox.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_saving_at_its_old_end_is_not_ended_by_a_requeue()
    {
        Scontrol(end: 12);
        await RunAsync(["--lead", "6s"], TimeSpan.FromSeconds(15), until: () => _sandbox.Error.Contains("is warned by", StringComparison.Ordinal));
        var calls = await File.ReadAllLinesAsync(_sandbox.At("calls"), TestContext.Current.CancellationToken);
        Assert.Equal(["requeued after the save"], calls.Where(call => call.StartsWith("requeued", StringComparison.Ordinal)));
    }

    public void Dispose() => _sandbox.Dispose();

    // Its end moves as the test says in the file "later", and it is silent where there is one named "silent".
    private void Scontrol(int end)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Directory.CreateDirectory(_sandbox.At("slurm"));
        File.Move(
            _sandbox.Script(
                "scontrol",
                $"""
                cd {_sandbox.Folder}
                case $1 in
                    show)
                        [ -e silent ] && exec sleep 600
                        echo asked >> calls
                        echo "   JobState=RUNNING Reason=None Dependency=(null)"
                        echo "   Requeue=1 Restarts=0 BatchFlag=1 StartTime={now} EndTime=$(({now} + {end} + $(cat later 2> /dev/null || echo 0)))" ;;
                    requeue) [ -e saved ] && echo "requeued after the save" >> calls || echo "requeued before the save" >> calls ;;
                esac
                """),
            _sandbox.At("slurm/scontrol"));
    }

    private async Task RunAsync(string[] options, TimeSpan suspended, Func<bool> until, bool silent = false)
    {
        Directory.CreateDirectory(_sandbox.At("ckpt"));
        string[] variables = File.Exists(_sandbox.At("slurm/scontrol")) ? [$"PATH={_sandbox.At("slurm")}:/usr/bin:/bin", "SLURM_JOB_ID=17"] : [];
        _sandbox.Start(["--checkpoint-dir", "ckpt", .. options, "--", "bash", "-c", Program], variables: variables);
        await Sandbox.Until(until, $"its work: {_sandbox.Error}");
        if (silent)
            _sandbox.Write("silent", "");
        int[] all = [_sandbox.ProcessId, .. ProcessTable.Read().Descendants([_sandbox.ProcessId], new HashSet<int>()).Select(process => process.Id.Pid)];
        Array.ForEach(all, process => Libc.Kill(process, Stop));
        await Task.Delay(suspended, TestContext.Current.CancellationToken);
        if (!silent)
            _sandbox.Write("later", (30 + (int)suspended.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        Array.ForEach(all, process => Libc.Kill(process, Continue));
        Assert.True(await _sandbox.EndAsync() == 0, _sandbox.Error);
    }
}
