using Cairn.Shared;

namespace Cairn.Native.Tests;

/// <summary>Jobs of <c>cairn local</c>, which stands in for Slurm: its scontrol comes before the machine's own in PATH.</summary>
public sealed class LocalJobTests : IDisposable
{
    private const string Program = """
        import cairn, os, subprocess, time

        state = {"sum": 0}
        run = cairn.Run(save=cairn.every(steps=10))
        run.track(state=state)
        exec(os.environ.get("BESIDE", ""))
        print("attempt", run.attempt, cairn.attempt(), flush=True)
        for step in run.steps(60):
            state["sum"] += step
            if step == 20 * run.attempt and run.attempt < 3:
                subprocess.run(["scancel", "--signal=USR2", os.environ["SLURM_JOB_ID"]])
                while not run.stop_requested:
                    time.sleep(0.01)
        run.finish(lambda: print(state, flush=True))
        """;

    private readonly Sandbox sandbox = new();

    // By the wrapper it is put back with exit code 75, by a file where a launcher makes 1 of that; without a wrapper the library does it, and the
    // requeue ends the process.
    [Theory]
    [InlineData("cairn", "run", "--", "python")]
    [InlineData("cairn", "run", "--", "/bin/sh", "-c", "\"$0\" \"$@\" || exit 1", "python")]
    [InlineData("python")]
    public void A_job_that_is_warned_goes_back_into_the_queue_until_it_is_done(params string[] words) => Play(words);

    // Slurm's commands are the run's children, and its end of them is asked of the kernel: a handler of SIGCHLD is the program's, as PyTorch takes it
    // as soon as a DataLoader has workers.
    [Theory]
    [InlineData("import signal; signal.signal(signal.SIGCHLD, lambda *_: None)")]
    [InlineData("import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)")]
    [InlineData("""
        import threading
        def reap():
            while True:
                try:
                    os.waitpid(-1, 0)
                except ChildProcessError:
                    time.sleep(0.001)
        threading.Thread(target=reap, daemon=True).start()
        """)]
    [InlineData("import torch.utils.data; list(torch.utils.data.DataLoader(range(4), num_workers=1))")]
    public void So_does_one_whose_program_has_children_of_its_own(string beside)
    {
        if (beside.Contains("torch", StringComparison.Ordinal))
            Sandbox.NeedTorch();
        sandbox.Variables["BESIDE"] = beside;
        Play("python");
    }

    public void Dispose() => sandbox.Dispose();

    private void Play(params string[] words)
    {
        Assert.SkipUnless(File.Exists(Sandbox.Python), $"there is no {Sandbox.Python}");
        sandbox.Variables["LIBCAIRN"] = Sandbox.Library;
        sandbox.Variables["PYTHONPATH"] = Sandbox.Beside("python");
        File.WriteAllText(sandbox.At("train.py"), Program);
        var command = words.Select(word => word switch { "cairn" => Packed.Binary!, "python" => Sandbox.Python, _ => word });
        var job = sandbox.Run(
            Packed.Binary!, ["local", "--time", "60s", "--requeue-delay", "100ms", "--checkpoint-dir", "checkpoints", "--", .. command, "-B", "train.py"]);
        Assert.True(job.ExitCode == 0, job.All);
        Assert.Equal(["attempt 1 1", "attempt 2 2", "attempt 3 3", "{'sum': 1770}"], job.Output);
    }
}
