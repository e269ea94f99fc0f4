using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>What the helper reads and writes; and the program with it under the real <c>cairn local</c>.</summary>
public sealed class PythonContractTests : IDisposable
{
    private readonly PythonFolder _folder = new();

    [Theory]
    [InlineData("None", "")]
    [InlineData("1700000000.0", "SLURM_JOB_END_TIME=1700000000")]
    [InlineData("1700000000.0", "SLURM_JOB_END_TIME=1700000000 CAIRN_STATUS=missing.json")]
    [InlineData("1700000000.0", "SLURM_JOB_END_TIME=1700000000 CAIRN_STATUS=torn.json")]
    [InlineData("1700000000.0", "SLURM_JOB_END_TIME=1700000000 CAIRN_STATUS=list.json")]
    [InlineData("1700000000.0", "SLURM_JOB_END_TIME=1700000000 CAIRN_STATUS=null.json")]
    [InlineData("1800000000.5", "SLURM_JOB_END_TIME=1700000000 CAIRN_STATUS=good.json")]
    [InlineData("None", "SLURM_JOB_END_TIME=soon")]
    public async Task The_deadline_is_the_status_files_else_Slurms(string expected, string variables)
    {
        _folder.Sandbox.Write("torn.json", "{\"deadline_unix\":17");
        _folder.Sandbox.Write("list.json", "[1]");
        _folder.Sandbox.Write("null.json", "{\"deadline_unix\":null,\"stop_requested\":false}");
        _folder.Sandbox.Write("good.json", "{\"deadline_unix\":1800000000.5,\"stop_requested\":false}");
        var (code, output, error) = await _folder.Run("import cairn; print(cairn.deadline())", variables.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((0, expected + "\n", ""), (code, output, error));
    }

    [Theory]
    [InlineData("1", "")]
    [InlineData("3", "SLURM_RESTART_COUNT=2")]
    [InlineData("7", "SLURM_RESTART_COUNT=2 CAIRN_ATTEMPT=7")]
    public async Task The_attempt_is_Cairns_else_Slurms(string expected, string variables) =>
        Assert.Equal(expected + "\n", (await _folder.Run("import cairn; print(cairn.attempt())", variables.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Output);

    [Theory]
    [InlineData("ckpt", "")]
    [InlineData("ckpt-3", "SLURM_ARRAY_TASK_ID=3")]
    [InlineData("given", "SLURM_ARRAY_TASK_ID=3 CAIRN_CHECKPOINT_DIR=given")]
    public async Task The_folder_is_made(string expected, string variables)
    {
        var (_, output, _) = await _folder.Run("import cairn; print(cairn.checkpoint_dir('ckpt'))", variables.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(_folder.At(expected), output.TrimEnd());
        Assert.True(Directory.Exists(_folder.At(expected)));
    }

    // The scontrol answers as Slurm does for an element of an array, and for a plain job that was submitted from inside of one.
    [Theory]
    [InlineData("ckpt-3", "JobId=80 ArrayJobId=77 ArrayTaskId=3 JobName=a", "SLURM_JOB_ID=80")]
    [InlineData("ckpt", "JobId=80 JobName=ArrayJobId=77", "SLURM_JOB_ID=80")]
    [InlineData("ckpt-3", "JobId=77 ArrayJobId=77 ArrayTaskId=3 JobName=a", "SLURM_JOB_ID=77")]
    [InlineData("ckpt-3", null, "SLURM_JOB_ID=80")]
    public async Task The_folder_of_an_element_is_no_other_jobs(string expected, string? heading, string job)
    {
        var path = _folder.FakeScontrol(heading is null ? "echo 'Unable to contact slurm controller' >&2; exit 1" : $"echo '{heading}'; echo '   JobState=RUNNING Reason=None'");
        var (_, output, error) = await _folder.Run(
            "import cairn\nfor _ in range(2): print(cairn.checkpoint_dir('ckpt'))", path, job, "SLURM_ARRAY_JOB_ID=77", "SLURM_ARRAY_TASK_ID=3");
        Assert.Equal($"{_folder.At(expected)}\n{_folder.At(expected)}\n", output);
        Assert.Equal(job == "SLURM_JOB_ID=77" ? [] : ["3: show job 80"], _folder.Lines("asked")); // once, and the array's own number needs no question
        if (heading is null)
            Assert.Contains("job 80 is taken for element 3 of array 77", error, StringComparison.Ordinal);
        else
            Assert.Equal("", error);
    }

    [Fact]
    public async Task The_deadline_and_the_status_file_stop_as_a_signal_does()
    {
        _folder.Sandbox.Write("asked.json", "{\"stop_requested\":true}");
        Assert.Equal("True\n", (await _folder.Run("import cairn; print(cairn.stop_requested())", "CAIRN_STATUS=asked.json")).Output);
        var end = "SLURM_JOB_END_TIME=" + TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        const string program = "import cairn; print(cairn.stop_requested(), cairn.stop_requested(60), cairn.stop_requested(3600))";
        var begin = "SLURM_JOB_START_TIME=" + TimeProvider.System.GetUtcNow().AddHours(-3).ToUnixTimeSeconds();
        Assert.Equal("False False True\n", (await _folder.Run(program, begin, end)).Output);

        // In a job of an hour a lead of an hour would stop every attempt after its first step.
        var (_, output, error) = await _folder.Run(program, end);
        Assert.Equal("False False False\n", output);
        Assert.Contains("leave less than half", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_TERM_nobody_has_told_when_the_KILL_comes()
    {
        var end = "SLURM_JOB_END_TIME=" + TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        Assert.Equal("True None\n", (await _folder.Run("import cairn, os; there = cairn.deadline() is not None; os.kill(os.getpid(), 15); print(there, cairn.deadline())", end)).Output);
    }

    [Fact]
    public async Task Finished_work_is_finished_where_nothing_can_be_written_too()
    {
        var (code, output, error) = await _folder.Run("import cairn; print(cairn.finished())", "CAIRN_DONE_FILE=/proc/nowhere/done", "CAIRN_SAYS_DIR=/proc/nowhere");
        Assert.Equal((0, "False\n"), (code, output));
        Assert.Contains("/proc/nowhere/done cannot be written", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("import sys; sys.stderr.close()")]
    [InlineData("import sys; sys.stderr = None")]
    [InlineData("import os; os.close(2)")]
    [InlineData("import os; reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 2)")]
    [InlineData("import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')")]
    public async Task Finished_work_is_finished_where_nothing_can_be_said_either(string before)
    {
        var (code, output, _) = await _folder.Run($"import cairn\n{before}\nprint(cairn.finished())", "CAIRN_DONE_FILE=/proc/nowhere/done", "CAIRN_SAYS_DIR=/proc/nowhere");
        Assert.Equal((0, "False\n"), (code, output));
    }

    [Theory]
    [InlineData("os.mkdir('else'); os.chdir('else')")]
    [InlineData("os.mkdir('else'); os.chdir('else'); os.rmdir('../else')")]
    public async Task What_the_environment_names_is_where_the_program_began(string moves)
    {
        Directory.CreateDirectory(_folder.At("says"));
        _folder.Sandbox.Write("status.json", "{\"stop_requested\":true}");
        var (code, output, error) = await _folder.Run(
            $"import os, cairn\n{moves}\nprint(cairn.stop_requested(), cairn.finished(), os.path.basename(cairn.checkpoint_dir()))",
            "CAIRN_STATUS=status.json", "CAIRN_SAYS_DIR=says", "CAIRN_DONE_FILE=done", "CAIRN_CHECKPOINT_DIR=ckpt");
        Assert.Equal((0, "True True ckpt\n", ""), (code, output, error));
        Assert.True(File.Exists(_folder.At("done")) && Directory.Exists(_folder.At("ckpt")));
        Assert.Single(Directory.GetFiles(_folder.At("says")));
    }

    [Theory]
    [InlineData("cairn.exit_for_requeue(7)", 75, "{\"says\": \"stopped\", \"attempt\": 1, \"rank\": 0, \"step\": 7}")]
    [InlineData("cairn.never_again('no data')", 78, "{\"says\": \"never\", \"attempt\": 1, \"rank\": 0, \"why\": \"no data\"}")]
    public async Task Out_of_another_thread_it_leaves_the_program_too(string leaves, int expected, string told)
    {
        Directory.CreateDirectory(_folder.At("says"));
        var (code, output, _) = await _folder.Run($"""
            import threading, time
            import cairn

            def work():
                print("saved") # a pipe gets it when it is flushed
                {leaves}

            threading.Thread(target=work).start()
            time.sleep(1000)
            """, "CAIRN_REQUEUE=wrapper", "CAIRN_SAYS_DIR=says");
        Assert.Equal((expected, "saved\n"), (code, output));
        Assert.Equal(told, File.ReadAllText(Assert.Single(Directory.GetFiles(_folder.At("says")))));
    }

    [Fact]
    public async Task A_long_reason_is_cut_so_that_it_is_believed()
    {
        Directory.CreateDirectory(_folder.At("says"));
        var (code, _, _) = await _folder.Run("import cairn; cairn.never_again('\\u00fc' * 5000)", "CAIRN_REQUEUE=wrapper", "CAIRN_SAYS_DIR=says");
        Assert.Equal(78, code);
        Assert.InRange(new FileInfo(Assert.Single(Directory.GetFiles(_folder.At("says")))).Length, 1000, 4000);
    }

    [Fact]
    public async Task Ranks_that_were_forked_say_it_each_for_itself()
    {
        Directory.CreateDirectory(_folder.At("says"));
        var (code, output, error) = await _folder.Run("""
            import multiprocessing, os
            import cairn

            def rank(number):
                os.environ["RANK"] = str(number)
                cairn.exit_for_requeue(5)

            ranks = [multiprocessing.get_context("fork").Process(target=rank, args=(number,)) for number in range(3)]
            for one in ranks:
                one.start()
            for one in ranks:
                one.join()
            print([one.exitcode for one in ranks])
            """, "CAIRN_REQUEUE=wrapper", "CAIRN_SAYS_DIR=says");
        Assert.Equal((0, "[75, 75, 75]\n", ""), (code, output, error));
        Assert.Equal(3, Directory.GetFiles(_folder.At("says"), "*.json").Length);
    }

    [Fact]
    public async Task What_is_said_moves_no_cursor()
    {
        var (code, _, error) = await _folder.Run("import cairn; cairn.never_again('\\x1b[31m\\ncairn: forged \\u202e \\ud800')");
        Assert.Equal((78, "cairn: not to be started again: \\u{1b}[31m\\u{a}cairn: forged \\u{202e} \\u{d800}\n"), (code, error));
    }

    [Fact]
    public async Task Finished_makes_the_file_and_nothing_else()
    {
        Directory.CreateDirectory(_folder.At("out"));
        var (code, output, _) = await _folder.Run("import cairn; print(cairn.finished(), cairn.finished())", "CAIRN_DONE_FILE=out/done");
        Assert.Equal((0, "True True\n"), (code, output));
        Assert.Equal([_folder.At("out/done")], Directory.GetFileSystemEntries(_folder.At("out")));
        Assert.Equal("False\n", (await _folder.Run("import cairn; print(cairn.finished())")).Output);
    }

    [Fact]
    public async Task Under_cairn_local_it_is_warned_saves_requeues_and_finishes()
    {
        _folder.Sandbox.Write("train.py", """
            import os, subprocess, time
            import cairn
            path = os.path.join(cairn.checkpoint_dir("unused"), "steps")
            step = int(open(path).read()) if os.path.exists(path) else 0
            print("attempt", cairn.attempt(), "from", step > 0, "deadline", cairn.deadline() is not None, flush=True)
            if cairn.attempt() < 3:
                subprocess.run(["scancel", "--signal=USR2", os.environ["SLURM_JOB_ID"]], check=True)
            while cairn.attempt() < 3:
                time.sleep(0.01)
                step += 1
                if cairn.stop_requested():
                    with open(path + ".new", "w") as file:
                        file.write(str(step))
                    os.replace(path + ".new", path)
                    cairn.exit_for_requeue()
            """);
        var run = await _folder.Sandbox.Local(
            "--time", "1h", "--requeue-delay", "100ms", "--checkpoint-dir", "ckpt", "--", "python3", "-B", "train.py");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("attempt 1 from False deadline True\nattempt 2 from True deadline True\nattempt 3 from True deadline True\n", run.Output);
        Assert.Equal(3, run.Report!.Attempts.Count);
    }

    public void Dispose() => _folder.Dispose();
}
