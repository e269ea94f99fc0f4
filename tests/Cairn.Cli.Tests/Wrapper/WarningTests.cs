using System.Globalization;
using System.Text.Json;
using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>The warning's way to the program, with the signals sent by the test.</summary>
public sealed class WarningTests : IDisposable
{
    private const string Listens = "trap 'echo heard USR2' USR2; trap 'echo heard TERM' TERM; trap 'echo heard USR1' USR1; echo ready; while [ ! -e go ]; do sleep 0.05; done\n";

    private readonly WrapperSandbox _sandbox = new();

    [Fact]
    public async Task A_warning_waits_until_the_program_listens()
    {
        var program = _sandbox.Write("late.py", """
            import os, signal, time
            print("loading", flush=True)
            while not os.path.exists("go"): time.sleep(0.02)
            heard = []
            signal.signal(signal.SIGUSR2, lambda *_: heard.append(1))
            while not heard: time.sleep(0.02)
            print("heard it", flush=True)
            """);
        _sandbox.Start(["--", "python3", program]);
        await _sandbox.PrintsAsync("loading");
        _sandbox.Signal("USR2");
        await _sandbox.SaysAsync("the program does not hear USR2: CAIRN_STATUS tells it to stop");
        _sandbox.Write("go", "");
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.EndsWith("heard it\n", _sandbox.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("USR2", "USR2")]
    [InlineData("TERM", "USR2")] // the last call
    [InlineData("USR2", "TERM", "--warn-with", "TERM")]
    [InlineData("USR1", "USR2", "--signal", "USR1", "--warn-with", "USR2")]
    [InlineData("USR1", "USR1", "--signal", "SIGUSR1")]
    [InlineData("TERM", "USR2", "--task")]
    public async Task A_signal_becomes_the_warning(string sent, string heard, params string[] options)
    {
        _sandbox.Start([.. options, "--", _sandbox.Script("listen", Listens)]);
        await _sandbox.PrintsAsync("ready");
        _sandbox.Signal(sent);
        await _sandbox.PrintsAsync("heard");
        _sandbox.Write("go", "");
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.Equal($"ready\nheard {heard}\n", _sandbox.Output);
    }

    [Fact]
    public async Task Signals_that_come_together_are_one_warning()
    {
        _sandbox.Start(["--", _sandbox.Script("listen", Listens)]);
        await _sandbox.PrintsAsync("ready");
        _sandbox.Signal("USR2");
        await _sandbox.SaysAsync("is warned by USR2");
        _sandbox.Signal("TERM");
        _sandbox.Signal("USR1"); // passed on: what came before it was acted upon
        await _sandbox.PrintsAsync("heard USR1");
        _sandbox.Write("go", "");
        await _sandbox.EndAsync();
        Assert.Equal(1, _sandbox.Output.Split("heard USR2").Length - 1);
        Assert.DoesNotContain("TERM", _sandbox.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sleep", "60")]
    [InlineData("python3", "-c", "import time; time.sleep(60)")]
    public async Task TERM_ends_a_program_that_listens_to_nothing(params string[] program)
    {
        _sandbox.Start(["--", .. program]);
        await Sandbox.Until(() => Processes.ProcessTable.Read().Descendants([_sandbox.ProcessId], new HashSet<int>()).Count > 0, "the program");
        _sandbox.Signal("TERM");
        Assert.Equal(143, await _sandbox.EndAsync());
    }

    [Fact]
    public async Task The_deadline_warns_where_no_signal_comes_and_no_Slurm_answers()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        _sandbox.Start(
            ["--lead", "595s", "--", "python3", WrapperSandbox.Train, "asks", "100000", "0.05"],
            null,
            "SLURM_JOB_ID=77", string.Create(CultureInfo.InvariantCulture, $"SLURM_JOB_START_TIME={now - 600}"), string.Create(CultureInfo.InvariantCulture, $"SLURM_JOB_END_TIME={now + 600}"), "PATH=" + _sandbox.PathWithoutSlurm());
        Assert.Equal(69, await _sandbox.EndAsync());
        Assert.Contains("the job's end is near", _sandbox.Error, StringComparison.Ordinal);
        Assert.Contains("heard SIGUSR2", _sandbox.Output, StringComparison.Ordinal);
        Assert.EndsWith("to do it by hand: scontrol requeue 77\n", _sandbox.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 69)]
    [InlineData("CAIRN_REQUEUE=wrapper", 75)]
    [InlineData("CAIRN_REQUEUE=wrapper CAIRN_WRAPPED_JOB=77", 75)]
    [InlineData("CAIRN_REQUEUE=wrapper CAIRN_WRAPPED_JOB=76", 69)] // submitted from inside that one
    public async Task Without_scontrol_another_wrapper_is_asked_or_a_person(string variables, int code)
    {
        _sandbox.Start(["--", "sh", "-c", "exit 75"], null, ["SLURM_JOB_ID=77", "PATH=" + _sandbox.PathWithoutSlurm(), .. variables.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(code, await _sandbox.EndAsync());
        Assert.Equal(code == 69, Directory.Exists(_sandbox.At(".cairn-run"))); // inside of another wrapper nothing is kept
    }

    [Fact]
    public async Task The_program_finds_the_contract()
    {
        var program = _sandbox.Script("tell", "env | grep ^CAIRN_ | sort; cat \"$CAIRN_STATUS\"; echo; trap : USR2; echo ready; while ! grep -q true \"$CAIRN_STATUS\"; do sleep 0.05; done; cat \"$CAIRN_STATUS\"; : > \"$CAIRN_DONE_FILE\"\n");
        _sandbox.Start(["--checkpoint-dir", "ckpt", "--", program], null, "SLURM_JOB_ID=77", "SLURM_RESTART_COUNT=2", "SLURM_JOB_END_TIME=4000000000", "PATH=" + _sandbox.PathWithoutSlurm());
        await _sandbox.PrintsAsync("ready");
        _sandbox.Signal("USR2");
        Assert.Equal(0, await _sandbox.EndAsync());
        var lines = _sandbox.Output.Split('\n');
        Assert.Equal(
            [
                "CAIRN_ATTEMPT=3", "CAIRN_CHECKPOINT_DIR=" + _sandbox.At("ckpt"), "CAIRN_DONE_FILE=" + _sandbox.At("ckpt/.cairn-run/77/done-"),
                "CAIRN_PAGES=" + _sandbox.At("ckpt/.cairn-run/77/pages"), "CAIRN_REPORTS=" + _sandbox.At("ckpt/.cairn-run/77/attempts/0003.metrics"), "CAIRN_REQUEUE=wrapper", "CAIRN_SAYS_DIR=" + _sandbox.At("ckpt/.cairn-run/77/says"),
                "CAIRN_STATUS=" + _sandbox.At("ckpt/.cairn-run/77/status.json"), "CAIRN_WARNED_FILE=" + _sandbox.At("ckpt/.cairn-run/77/warned"), "CAIRN_WRAPPED_JOB=77",
            ],
            lines.Where(line => line.StartsWith("CAIRN_", StringComparison.Ordinal)).Select(line => line.StartsWith("CAIRN_DONE", StringComparison.Ordinal) ? line[..^8] : line));
        var told = lines.Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal((77, 3, 4000000000), (told[0].GetProperty("job_id").GetInt32(), told[0].GetProperty("attempt").GetInt32(), told[0].GetProperty("deadline_unix").GetInt64()));
        Assert.Equal((false, null), (told[0].GetProperty("stop_requested").GetBoolean(), told[0].GetProperty("cause").GetString()));
        Assert.Equal((true, "warning"), (told[1].GetProperty("stop_requested").GetBoolean(), told[1].GetProperty("cause").GetString()));

        // What is done is not begun again, whoever starts it.
        _sandbox.Start(["--checkpoint-dir", "ckpt", "--", program], null, "SLURM_JOB_ID=77", "SLURM_RESTART_COUNT=3", "PATH=" + _sandbox.PathWithoutSlurm());
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.Contains("the work is done", _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wrapper_of_a_task_tells_that_of_the_job()
    {
        _sandbox.Start(["--task", "--", "python3", WrapperSandbox.Train, "guide", "100000", "0.05"], null, "SLURM_JOB_ID=77", "SLURM_STEP_ID=0", "SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=2", "CAIRN_WARNED_FILE=" + _sandbox.At("warned"));
        await _sandbox.PrintsAsync("begins");
        _sandbox.Signal("TERM");
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.True(File.Exists(_sandbox.At("warned")));
    }

    [Fact]
    public async Task The_stop_file_ends_the_program_and_the_next_start()
    {
        _sandbox.Start(["--stop-file", "stop", "--lead", "1s", "--", "sleep", "60"]);
        await Sandbox.Until(() => Processes.ProcessTable.Read().Descendants([_sandbox.ProcessId], new HashSet<int>()).Count > 0, "the program");
        _sandbox.Write("stop", "");
        Assert.Equal(143, await _sandbox.EndAsync());
        Assert.Contains("stopped by the stop file", _sandbox.Error, StringComparison.Ordinal);
        Assert.Equal(143, await _sandbox.RunAsync("--stop-file", "stop", "--", "sleep", "60"));
        Assert.Contains("not started", _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hang_is_warned_and_ended()
    {
        Assert.Equal(143, await _sandbox.RunAsync("--checkpoint-dir", "ckpt", "--hang-timeout", "2s", "--lead", "1s", "--", "sleep", "60"));
        Assert.Contains("the program hangs", _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_saves_does_not_hang()
    {
        Assert.Equal(0, await _sandbox.RunAsync("--checkpoint-dir", "ckpt", "--hang-timeout", "30s", "--", "python3", WrapperSandbox.Train, "deaf", "20", "0.05"));
        Assert.DoesNotContain("hangs", _sandbox.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Nothing to run", "--")]
    [InlineData("Nothing to run")]
    [InlineData("goes after --: cairn run -- python train.py", "python", "train.py")]
    [InlineData("There is no option --bogus", "--bogus", "--", "true")]
    [InlineData("There is no option --chekpoint-dir. Did you mean --checkpoint-dir?", "--chekpoint-dir", "x", "--", "true")]
    [InlineData("There is no program 'no-such-program' on PATH", "--", "no-such-program")]
    [InlineData("'/' is a directory", "--", "/")]
    [InlineData("--signal FOO", "--signal", "FOO", "--", "true")]
    [InlineData("--signal TERM", "--signal", "TERM", "--", "true")]
    [InlineData("--warn-with KILL", "--warn-with=KILL", "--", "true")]
    [InlineData("--lead soon is no duration", "--lead", "soon", "--", "true")]
    [InlineData("--lead 0s is no duration", "--lead", "0s", "--", "true")]
    [InlineData("name it with --checkpoint-dir", "--hang-timeout", "1h", "--", "true")]
    [InlineData("--requeue-crashes many", "--requeue-crashes", "many", "--", "true")]
    [InlineData("--lead is for the wrapper of the job", "--task", "--lead", "5s", "--", "true")]
    [InlineData("Required argument missing", "--lead", "--", "true")]
    public async Task Bad_input_is_named_and_nothing_is_run(string message, params string[] arguments)
    {
        Assert.Equal(2, await _sandbox.RunAsync(arguments));
        Assert.Contains(message, _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_tasks_are_refused_with_the_form_that_is_right()
    {
        _sandbox.Start(["--", "true"], null, "SLURM_JOB_ID=77", "SLURM_STEP_ID=0", "SLURM_PROCID=0", "SLURM_STEP_NUM_TASKS=2");
        Assert.Equal(2, await _sandbox.EndAsync());
        Assert.Contains("exec cairn run -- srun cairn run --task -- true ...", _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_forms_and_exit_codes()
    {
        Assert.Equal(0, await _sandbox.RunAsync("--help"));
        Assert.All((string[])["exec cairn run", "--task", "69", "75", "78", "143", "--requeue-crashes"], text => Assert.Contains(text, _sandbox.Output, StringComparison.Ordinal));
    }

    public void Dispose() => _sandbox.Dispose();
}
