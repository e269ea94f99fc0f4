using Cairn.Cli.Tests.Running;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>
/// The program in a container, cairn run outside, as docs/run.md and <c>cairn script --container</c> have it. The launcher is a fake
/// that is called apptainer, since containers cannot be started wherever tests run. As the real one does (by its source) it stays,
/// passes every signal on to the program, and ends as that does; inside there is no scontrol, and with --cleanenv no variable from
/// outside.
/// </summary>
public sealed class ContainerTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Theory]
    [InlineData("exec cairn run -- apptainer exec image.sif python3 train.py", "")]
    [InlineData("exec cairn run -- apptainer exec image.sif python3 train.py", " --cleanenv")]
    [InlineData(null, "")]
    [InlineData(null, " --cleanenv")]
    public async Task The_program_inside_stops_and_the_wrapper_outside_requeues(string? launch, string option)
    {
        var ended = await RunAsync(launch, option, """
            import os, shutil, sys, time
            sys.dont_write_bytecode = True
            import cairn

            assert shutil.which("scontrol") is None
            state = os.path.join(cairn.checkpoint_dir(), "state")
            if os.path.exists(state):
                print("resumes", flush=True)
                cairn.finished()
                sys.exit(0)
            print("begins", flush=True)
            open("begun", "w").close()
            while not cairn.stop_requested():
                time.sleep(0.01)
            open(state, "w").close()
            print("saved", flush=True)
            cairn.exit_for_requeue()
            """);
        Assert.Equal("begins\nsaved\nresumes\n", ended.Output);
    }

    [Fact]
    public async Task A_warning_while_it_loads_ends_it_and_the_job_comes_back()
    {
        var ended = await RunAsync(null, "", """
            import os, time

            if os.path.exists("begun"):
                print("comes back", flush=True)
            else:
                print("loads", flush=True)
                open("begun", "w").close()
                time.sleep(600)
            """);
        Assert.Equal("loads\ncomes back\n", ended.Output);
    }

    public void Dispose() => _sandbox.Dispose();

    private async Task<LocalRun> RunAsync(string? launch, string option, string program)
    {
        Write(program);
        var text = launch is null ? await GeneratedAsync() : $"#!/bin/bash\n#SBATCH --time=1:00:00 --signal=B:USR2@120\n\n{launch}\n";
        Assert.EndsWith("apptainer exec image.sif python3 train.py\n", text, StringComparison.Ordinal);
        text = text.Replace("apptainer exec", "apptainer exec" + option, StringComparison.Ordinal).Replace("\nexec ", $"\nexport PATH='{_sandbox.At("bin")}':\"$PATH\"\nexec ", StringComparison.Ordinal);
        _sandbox.Write("job.sh", text);

        var (_, run) = _sandbox.LocalInBackground("--requeue-delay", "100ms", "--output", "-", "job.sh");
        await Sandbox.Until(() => File.Exists(_sandbox.At("begun")) || run.IsCompleted, $"the first attempt: {_sandbox.Said}");
        var (commands, id) = await _sandbox.SaidOfJob();
        await CliWrap.Cli.Wrap(Path.Combine(commands, "scancel")).WithArguments(["--batch", "--signal=USR2", id]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

        var ended = await run;
        Assert.True(ended.Report is { State: "COMPLETED", Attempts.Count: 2 }, ended.Error + ended.Output);
        return ended;
    }

    private async Task<string> GeneratedAsync()
    {
        var written = await CliWrap.Cli.Wrap(Sandbox.Program)
            .WithArguments(["script", "--time", "1h", "--container", "image.sif", "--", "python3", "train.py"])
            .WithWorkingDirectory(_sandbox.Folder).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Directory.CreateDirectory(_sandbox.At("logs"));
        return written.StandardOutput;
    }

    private void Write(string program)
    {
        Directory.CreateDirectory(_sandbox.At("bin"));
        Directory.CreateDirectory(_sandbox.At("image"));
        File.CreateSymbolicLink(_sandbox.At("bin/cairn"), Sandbox.Program);
        File.CreateSymbolicLink(_sandbox.At("image/python3"), "/usr/bin/python3");
        // Go, which the real one is written in, forgets that a signal was ignored: the program inside begins with the default.
        _sandbox.Executable("bin/apptainer", $$"""
            #!/usr/bin/python3
            import os, signal, subprocess, sys
            image = sys.argv.index("image.sif")
            assert sys.argv[1] == "exec"
            variables = {} if "--cleanenv" in sys.argv[:image] else dict(os.environ)
            variables["PATH"] = "{{_sandbox.At("image")}}"
            passed = {signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
            signal.pthread_sigmask(signal.SIG_BLOCK, passed)

            def as_it_begins():
                for number in passed:
                    signal.signal(number, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, passed)

            program = subprocess.Popen(sys.argv[image + 1:], env=variables, preexec_fn=as_it_begins)
            for number in passed:
                signal.signal(number, lambda number, frame: program.send_signal(number))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, passed)
            code = program.wait()
            sys.exit(code if code >= 0 else 128 - code)
            """);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "cairn.py"), _sandbox.At("cairn.py"));
        _sandbox.Write("train.py", program);
    }
}
