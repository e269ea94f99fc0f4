using System.Diagnostics;
using Cairn.Cli.Contract;
using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What a program wants, behind a launcher that makes 1 of every exit code: whole wrappers, a real Python helper, a scontrol that answers.</summary>
public sealed class ContractTests : IDisposable
{
    private readonly WrapperSandbox _sandbox = new();
    private readonly string _path;

    public ContractTests()
    {
        _path = _sandbox.PathWithoutSlurm();
        _sandbox.Script("bin/scontrol", "echo \"$*\" >> called; case $1 in show) echo '   JobState=RUNNING Reason=None Dependency=(null)';; esac");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "cairn.py"), _sandbox.At("cairn.py"));

        // As torchrun, accelerate, deepspeed and torch.multiprocessing.spawn: a failed rank is an exit code of 1, and the warning is not passed on.
        _sandbox.Write("launcher.py", "import signal, subprocess, sys\nsignal.signal(signal.SIGUSR2, signal.SIG_IGN)\nsys.exit(1 if subprocess.call([sys.executable, '-B'] + sys.argv[1:]) else 0)\n");
    }

    private string[] Requeues => File.Exists(_sandbox.At("called")) ? [.. File.ReadAllLines(_sandbox.At("called")).Where(line => line.StartsWith("requeue", StringComparison.Ordinal))] : [];

    [Theory]
    [InlineData("cairn.exit_for_requeue(35)", 0, "the program has stopped and saved at step 35 (rank 0)", true)]
    [InlineData("cairn.exit_for_requeue()", 0, "the program has stopped and saved (rank 0)", true)]
    [InlineData("import threading; t = threading.Thread(target=cairn.exit_for_requeue); t.start(); t.join(); time.sleep(60)", 0, "stopped and saved", true)]
    [InlineData("cairn.finished(); sys.exit(3)", 1, "the work is done", false)]
    [InlineData("cairn.never_again('no such data')", 78, "never to be requeued: no such data", false)]
    [InlineData("sys.exit(75)", 1, "the program failed with exit code 1", false)]
    public async Task What_a_rank_says_gets_through_a_launcher(string leaves, int code, string words, bool requeued)
    {
        _sandbox.Write("train.py", $"import cairn, os, sys, time\nprint('ready', flush=True)\nwhile not cairn.stop_requested():\n    time.sleep(0.05)\n{leaves}\n");
        Start("--", "python3", "-B", "launcher.py", "train.py");
        await _sandbox.PrintsAsync("ready");
        _sandbox.Signal("USR2");
        Assert.True(code == await _sandbox.EndAsync(), _sandbox.Error);
        Assert.Contains(words, _sandbox.Error, StringComparison.Ordinal);
        Assert.Equal(requeued ? ["requeue 77"] : [], Requeues);
    }

    [Fact]
    public async Task A_wrapper_that_has_requeued_its_job_stays_so_that_the_scripts_next_line_does_not_run()
    {
        Start("--", "sh", "-c", "exit 75");
        await Sandbox.Until(() => Requeues.Length > 0, "the requeue");
        // Nobody ends this job: the scontrol only answers.
        var stayed = Stopwatch.StartNew();
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.True(stayed.Elapsed > TimeSpan.FromSeconds(3), $"{stayed.Elapsed}");
    }

    [Fact]
    public async Task A_program_that_stops_because_the_status_file_says_so_was_warned()
    {
        _sandbox.Write(
            "polls.py",
            "import json, os, signal, time\nsignal.signal(signal.SIGUSR2, signal.SIG_IGN)\nprint('ready', flush=True)\nwhile not json.load(open(os.environ['CAIRN_STATUS']))['stop_requested']:\n    time.sleep(0.05)\nopen(os.environ['CAIRN_CHECKPOINT_DIR'] + '/x', 'w').write('saved')\n");
        Start("--checkpoint-dir", "ck", "--", "python3", "-B", "polls.py");
        await _sandbox.PrintsAsync("ready");
        _sandbox.Signal("USR2");
        Assert.True(await _sandbox.EndAsync() == 0, _sandbox.Error);
        Assert.True(Requeues is ["requeue 77"], _sandbox.Error);
    }

    [Fact]
    public async Task A_crash_on_the_way_out_after_a_save_is_a_stop()
    {
        _sandbox.Write("crashes.py", "import cairn, os, time\nprint('ready', flush=True)\nwhile not cairn.stop_requested():\n    time.sleep(0.05)\nopen('ck/state', 'w').write('saved')\nos.kill(os.getpid(), 11)\n");
        Start("--checkpoint-dir", "ck", "--", "python3", "-B", "crashes.py");
        await _sandbox.PrintsAsync("ready");
        _sandbox.Signal("USR2");
        Assert.True(await _sandbox.EndAsync() == 0, _sandbox.Error);
        Assert.True(Requeues is ["requeue 77"], _sandbox.Error);
        Assert.Contains("has saved since it was asked to stop, and then ended by", _sandbox.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 78", 78)]
    [InlineData("exit 3", 3)]
    [InlineData("exit 0", 0)]
    public async Task What_was_decided_is_said_again_when_the_job_is_started_once_more(string leaves, int code)
    {
        Start("--", "sh", "-c", "echo ran >> lives; " + leaves);
        Assert.Equal(code, await _sandbox.EndAsync());
        Start(1, "--", "sh", "-c", "echo ran >> lives; " + leaves);
        Assert.Equal(code, await _sandbox.EndAsync());
        Assert.Equal("ran\n", await File.ReadAllTextAsync(_sandbox.At("lives"), TestContext.Current.CancellationToken));
        Assert.Contains("attempt 2 is not run, for attempt 1 has ended the job", _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_done_with_an_exit_code_of_its_own_is_said_with_that_code_again()
    {
        Start("--", "sh", "-c", "echo ran >> lives; : > $CAIRN_DONE_FILE; exit 3");
        Assert.Equal(3, await _sandbox.EndAsync());
        Start(1, "--", "sh", "-c", "echo ran >> lives; : > $CAIRN_DONE_FILE; exit 3");
        Assert.Equal(3, await _sandbox.EndAsync());
        Assert.Equal("ran\n", await File.ReadAllTextAsync(_sandbox.At("lives"), TestContext.Current.CancellationToken));
    }

    // The scontrol answers as Slurm does for a plain job, and for an element of an array.
    [Theory]
    [InlineData("JobId=80 JobName=a", "80", "no 1")]
    [InlineData("JobId=80 ArrayJobId=77 ArrayTaskId=3 JobName=a", "77_3", "3 2")]
    public async Task An_array_whose_element_this_job_is_not_is_not_believed(string heading, string requeued, string told)
    {
        _sandbox.Script("bin/scontrol", $"echo \"$*\" >> called; case $1 in show) echo '{heading}'; echo '   JobState=RUNNING Reason=None Dependency=(null)'; echo '   Requeue=1 Restarts={(requeued == "80" ? 0 : 1)} BatchFlag=1';; esac");
        _sandbox.Start(
            ["--checkpoint-dir", "ckpt", "--", "sh", "-c", "echo $CAIRN_WRAPPED_JOB ${SLURM_ARRAY_TASK_ID-no} $CAIRN_ATTEMPT ckpt${CAIRN_CHECKPOINT_DIR##*/ckpt}; exit 75"], null,
            "SLURM_JOB_ID=80", "SLURM_ARRAY_JOB_ID=77", "SLURM_ARRAY_TASK_ID=3", "SLURM_RESTART_COUNT=1", "PATH=" + _path);
        Assert.True(await _sandbox.EndAsync() == 0, _sandbox.Error);
        Assert.Equal($"80 {told} ckpt{(requeued == "80" ? "" : "/3")}\n", _sandbox.Output);
        Assert.True(Requeues is [var one] && one == "requeue " + requeued, _sandbox.Error);
        Assert.Equal(requeued == "80", _sandbox.Error.Contains("SLURM_RESTART_COUNT: of the job that this one was submitted from", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("JobId=80 JobName=a", "80")]
    [InlineData("JobId=80 HetJobId=79 HetJobOffset=1 JobName=a", "79")]
    public async Task A_heterogeneous_job_of_which_this_one_is_no_part_is_not_believed(string heading, string requeued)
    {
        _sandbox.Script("bin/scontrol", $"echo \"$*\" >> called; case $1 in show) echo '{heading}'; echo '   JobState=RUNNING Reason=None Dependency=(null)';; esac");
        _sandbox.Start(["--", "sh", "-c", "exit 75"], null, "SLURM_JOB_ID=80", "SLURM_JOB_ID_HET_GROUP_0=79", "PATH=" + _path);
        Assert.True(await _sandbox.EndAsync() == 0, _sandbox.Error);
        Assert.True(Requeues is [var one] && one == "requeue " + requeued, _sandbox.Error);
    }

    [Fact]
    public async Task What_is_inherited_from_another_job_is_not_passed_on()
    {
        string[] inherited = ["SLURM_JOB_ID=77", "PATH=" + _path, "CAIRN_WRAPPED_JOB=none", "CAIRN_REQUEUE=wrapper", "CAIRN_CHECKPOINT_DIR=" + _sandbox.At("other"), "CAIRN_SAYS_DIR=" + _sandbox.At("other")];
        _sandbox.Start(["--", "sh", "-c", "echo $CAIRN_WRAPPED_JOB ${CAIRN_CHECKPOINT_DIR-no} $CAIRN_SAYS_DIR; exit 75"], null, inherited);
        Assert.True(await _sandbox.EndAsync() == 0, _sandbox.Error);
        Assert.Equal($"77 no {_sandbox.At(".cairn-run/77/says")}\n", _sandbox.Output);
        Assert.True(Requeues is ["requeue 77"], _sandbox.Error);
    }

    [Theory]
    [InlineData("ck", "ck/3")]
    [InlineData("ck/3", "ck/3")]
    [InlineData("ck-3", "ck-3")]
    [InlineData("ck-13", "ck-13/3")]
    public async Task Each_element_of_an_array_has_a_folder_of_its_own(string given, string gets)
    {
        _sandbox.Start(
            ["--checkpoint-dir", given, "--", "sh", "-c", "echo $CAIRN_CHECKPOINT_DIR"], null,
            "SLURM_JOB_ID=80", "SLURM_ARRAY_JOB_ID=77", "SLURM_ARRAY_TASK_ID=3", "PATH=" + _path);
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.Equal(_sandbox.At(gets) + "\n", _sandbox.Output);
    }

    [Fact]
    public async Task A_wrapper_outside_of_every_job_says_so()
    {
        Assert.Equal(0, await _sandbox.RunAsync("--", "sh", "-c", "echo $CAIRN_WRAPPED_JOB"));
        Assert.Equal("none\n", _sandbox.Output);
    }

    [Theory]
    [InlineData("{\"says\":\"stopped\",\"attempt\":2,\"step\":7,\"rank\":3}", "Stopped 7 3 ", null)]
    [InlineData("{\"says\":\"stopped\",\"attempt\":2}", "Stopped   ", null)]
    [InlineData("{\"says\":\"stopped\",\"attempt\":2,\"step\":-1,\"rank\":\"x\"}", "Stopped   ", null)]
    [InlineData("{\"says\":\"never\",\"attempt\":2,\"why\":\"a\\u001b[2Jb\"}", "Never   a[2Jb", null)]
    [InlineData("{\"says\":\"stopped\",\"attempt\":1}", null, null)]
    [InlineData("{\"says\":\"root\",\"attempt\":2}", null, "none of stopped, done, never")]
    [InlineData("{\"says\":\"stop", null, "is not believed")]
    [InlineData("[]", null, "is not believed")]
    [InlineData("", null, "empty")]
    public void A_word_is_believed_for_what_it_says(string text, string? expected, string? problem)
    {
        _sandbox.Write("n1-5.json", text);
        var said = new List<string>();
        var word = ProgramWord.Read(_sandbox.Folder, 2, said.Add);
        Assert.Equal(expected, word is null ? null : $"{word.Wish} {word.Step} {word.Rank} {word.Why}");
        if (problem is null)
            Assert.Empty(said);
        else
            Assert.Contains(problem, Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_words_never_counts_first_and_a_link_not_at_all()
    {
        _sandbox.Write("a.json", "{\"says\":\"stopped\",\"attempt\":1,\"step\":7}");
        _sandbox.Write("b.json", "{\"says\":\"stopped\",\"attempt\":1,\"step\":8}");
        _sandbox.Write("never", "{\"says\":\"never\",\"attempt\":1}");
        File.CreateSymbolicLink(_sandbox.At("c.json"), _sandbox.At("never"));
        var said = new List<string>();
        Assert.Equal(new(ProgramWish.Stopped, 8, null, null), ProgramWord.Read(_sandbox.Folder, 1, said.Add));
        Assert.Contains("no plain file", Assert.Single(said), StringComparison.Ordinal);
        File.Move(_sandbox.At("never"), _sandbox.At("d.json"));
        File.Delete(_sandbox.At("c.json"));
        Assert.Equal(ProgramWish.Never, ProgramWord.Read(_sandbox.Folder, 1, said.Add)!.Wish);
    }

    public void Dispose() => _sandbox.Dispose();

    private void Start(params string[] arguments) => Start(0, arguments);

    private void Start(int restarts, params string[] arguments) =>
        _sandbox.Start(arguments, null, "SLURM_JOB_ID=77", $"SLURM_RESTART_COUNT={restarts}", "PATH=" + _path);
}
