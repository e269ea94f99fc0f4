using Cairn.Cli.Tests.Running;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>
/// The program in a container, cairn run outside, as docs/run.md and <c>cairn script --container</c> have it. The launcher is a fake
/// that is called apptainer, since containers cannot be started wherever tests run. As the real one does it becomes the program;
/// inside there is no scontrol, and with --cleanenv no variable from outside.
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
        Write();
        var text = launch is null ? await GeneratedAsync() : $"#!/bin/bash\n#SBATCH --time=1:00:00 --signal=B:USR2@120\n\n{launch}\n";
        Assert.Contains("apptainer exec image.sif python3 train.py\n", text, StringComparison.Ordinal);
        text = text.Replace("apptainer exec", "apptainer exec" + option, StringComparison.Ordinal).Replace("\nexec ", $"\nexport PATH='{_sandbox.At("bin")}':\"$PATH\"\nexec ", StringComparison.Ordinal);
        _sandbox.Write("job.sh", text);

        var (_, run) = _sandbox.LocalInBackground("--requeue-delay", "100ms", "--output", "-", "job.sh");
        await Sandbox.Until(() => File.Exists(_sandbox.At("listens")) || run.IsCompleted, $"the first attempt: {_sandbox.Said}");
        var commands = _sandbox.Said.Split("are in ")[1].Split('\n')[0];
        var id = _sandbox.Said.Split("job ")[1].Split(':')[0];
        await CliWrap.Cli.Wrap(Path.Combine(commands, "scancel")).WithArguments(["--batch", "--signal=USR2", id]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

        var ended = await run;
        Assert.True(ended.ExitCode == 0, ended.Error + ended.Output);
        Assert.Equal("begins\nsaved\nresumes\ncomplete\n", ended.Output);
        Assert.Equal(2, ended.Report!.Attempts.Count);
        Assert.Equal("COMPLETED", ended.Report.State);
    }

    public void Dispose() => _sandbox.Dispose();

    private async Task<string> GeneratedAsync()
    {
        var written = await CliWrap.Cli.Wrap(Sandbox.Program)
            .WithArguments(["script", "--time", "1h", "--container", "image.sif", "--", "python3", "train.py"])
            .WithWorkingDirectory(_sandbox.Folder).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Directory.CreateDirectory(_sandbox.At("logs"));
        return written.StandardOutput;
    }

    private void Write()
    {
        Directory.CreateDirectory(_sandbox.At("bin"));
        Directory.CreateDirectory(_sandbox.At("image"));
        File.CreateSymbolicLink(_sandbox.At("bin/cairn"), Sandbox.Program);
        File.CreateSymbolicLink(_sandbox.At("image/python3"), "/usr/bin/python3");
        // Not in bash: a shell would begin with its signals as they are, and not as a program does.
        var launcher = _sandbox.Write("bin/apptainer", $$"""
            #!/usr/bin/python3
            import os, sys
            image = sys.argv.index("image.sif")
            assert sys.argv[1] == "exec"
            variables = {} if "--cleanenv" in sys.argv[:image] else dict(os.environ)
            variables["PATH"] = "{{_sandbox.At("image")}}"
            os.execvpe(sys.argv[image + 1], sys.argv[image + 1:], variables)
            """);
        File.SetUnixFileMode(launcher, (UnixFileMode)0b111_101_101);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "cairn.py"), _sandbox.At("cairn.py"));
        _sandbox.Write("train.py", """
            import os, shutil, sys, time
            sys.dont_write_bytecode = True
            import cairn

            assert shutil.which("scontrol") is None
            state = os.path.join(cairn.checkpoint_dir(), "state")
            if os.path.exists(state):
                print("resumes", flush=True)
                print("complete", flush=True)
                cairn.finished()
                sys.exit(0)
            print("begins", flush=True)
            open("listens", "w").close()
            while not cairn.stop_requested():
                time.sleep(0.01)
            open(state, "w").close()
            print("saved", flush=True)
            cairn.exit_for_requeue()
            """);
    }
}
