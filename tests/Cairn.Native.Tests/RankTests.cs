using Cairn.Shared;

namespace Cairn.Native.Tests;

/// <summary>
/// The programs of docs/python-ranks.md, with a real DistributedDataParallel: tasks of a job of <c>cairn local</c>, or what torchrun starts in one. Tasks find each
/// other by their job step, what torchrun starts by the store of its process group; it makes 1 of every exit code and passes no signal on.
/// </summary>
[Trait("Category", "slow")]
public sealed class RankTests : IDisposable
{
    private const string Finished = "finished: ";
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1";

    // 1.13 starts nothing under Python 3.11 unless output is redirected, and its --standalone has one port for all torchruns of a machine.
    private static readonly string[] Torchrun = [Sandbox.Python, "-B", "-m", "torch.distributed.run", "-r", "1", "-t", "1", "--log_dir", "logs", "--monitor_interval", "1", "--rdzv_backend", "c10d", "--rdzv_endpoint", "localhost:0"];

    private readonly Sandbox sandbox = new();

    public RankTests() => File.WriteAllText(sandbox.At("page.py"), Page.Replace("minutes=10", "steps=5", StringComparison.Ordinal));

    private static string Page => PageTests.Code("docs/python-ranks.md", "python").First();

    [Fact]
    public void Ranks_that_train_together_stop_together_and_each_goes_on_with_its_own()
    {
        Sandbox.NeedTorch();
        Play(2, "straight", -1, "no", Tasks(2));
        Play(2, "tasks", 13, "USR2", Tasks(2));
        Play(2, "launched", 13, "USR2", Launched(2));
        Compare(2, "straight", "tasks", "launched");
        Assert.NotEqual(File.ReadAllText(sandbox.At("straight-state-0")), File.ReadAllText(sandbox.At("straight-state-1")));
    }

    /// <summary>
    /// Each rank's forward pass updates means of its own, and rank 0's are given to all before the next one. The state is so large that rank 1 writes a part of it,
    /// the one in which the means would lie.
    /// </summary>
    [Fact]
    public void Running_means_are_the_first_ranks_whoever_writes_what_lies_around_them()
    {
        Sandbox.NeedTorch();
        const string layers = "torch.nn.Linear(8, 4096), torch.nn.Linear(4096, 1500), torch.nn.BatchNorm1d(1500), torch.nn.ReLU(), torch.nn.Linear(1500, 1)";
        File.WriteAllText(sandbox.At("page.py"), Page
            .Replace("torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(16, 1)", layers, StringComparison.Ordinal)
            .Replace("run.track(model=model, optimizer=optimizer)", "run.track(optimizer=optimizer, model=model)", StringComparison.Ordinal)
            .Replace("EPOCHS = 6", "EPOCHS = 2", StringComparison.Ordinal));
        Play(2, "straight", -1, "no", Tasks(2));
        Play(2, "tasks", 13, "USR2", Tasks(2));
        Compare(2, "straight", "tasks");
        Assert.Contains("2.running_mean", File.ReadAllText(sandbox.At("tasks-state-1")), StringComparison.Ordinal);
        Assert.NotEqual(Means(0), Means(1));

        string Means(int rank) => File.ReadLines(sandbox.At($"tasks-state-{rank}")).First(line => line.StartsWith("2.running_mean", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_Slurm_another_number_of_ranks_goes_on_behind_the_last_sample()
    {
        Sandbox.NeedTorch();
        var first = Start(2, "samples", 8, "end");
        Assert.True(first.ExitCode != 0, first.All); // it is stopped for good, which is a failure to torchrun
        var last = Start(3, "samples", -1, "no");
        Assert.True(last.ExitCode == 0, last.All);
        Assert.Contains("samples a step: 8 in the checkpoint, 12 now", last.Errors, StringComparison.Ordinal);
        Assert.Contains("from rank 2 on its state is derived from rank 0's and the rank", last.Errors, StringComparison.Ordinal);

        // 9 steps of 2 ranks took 72 samples of the first epoch; 2 of 3 ranks take the other 24, and 8 each of the five epochs that follow.
        var steps = Enumerable.Range(0, 3).SelectMany(rank => File.ReadAllLines(sandbox.At($"samples-data-{rank}"))).Select(line => line.Split(' ', 4)).ToList();
        for (var epoch = 0; epoch < 6; epoch++)
        {
            var samples = steps.Where(step => step[1] == $"{epoch}").SelectMany(step => step[3].Split("], [")).ToList();
            Assert.Equal(96, samples.Count);
            Assert.Equal(96, samples.Select(sample => sample.Trim('[', ']')).Distinct().Count());
        }

        Assert.Equal(9 + 2 + (5 * 8), steps.Select(step => step[0]).Distinct().Count());
    }

    [Fact]
    public void However_ranks_are_cut_they_end_with_the_same_bytes()
    {
        Assert.SkipUnless(IsLong, "CAIRN_LONG=1 plays it");
        Sandbox.NeedTorch();
        foreach (var ranks in new[] { 2, 4 })
        {
            Play(ranks, $"straight{ranks}", -1, "no", Tasks(ranks));
            Play(ranks, $"tasks{ranks}", 17, "KILL", Tasks(ranks));
            Play(ranks, $"killed{ranks}", 17, "KILL", Launched(ranks));
            Play(ranks, $"warned{ranks}", 17, "USR2", Launched(ranks));
            Play(ranks, $"again{ranks}", 17, "error", [.. Launched(ranks), "--max_restarts", "1"]);
            Compare(ranks, $"straight{ranks}", $"tasks{ranks}", $"killed{ranks}", $"warned{ranks}", $"again{ranks}");
        }
    }

    [Fact]
    public void State_that_is_split_is_saved_by_torch_at_one_step_and_goes_on_there()
    {
        var import = sandbox.StartPython("-c", "import torch.distributed.checkpoint.state_dict, torch.distributed.tensor.parallel");
        import.End();
        Assert.SkipWhen(import.ExitCode != 0, $"{Sandbox.Python} has no torch.distributed.checkpoint, which PyTorch 2.2 brought: {import.Errors.TrimEnd().Split('\n')[^1]}");
        var page = PageTests.Code("docs/python-ranks.md", "python").Last();
        const string cut = "    if step == 77 and cairn.attempt() == 1 and rank == 1:\n        import subprocess\n        subprocess.run(['scancel', '--signal=USR2', os.environ['SLURM_JOB_ID']], check=True)\n    if 'CUT' in os.environ and cairn.attempt() == 1:\n        import time; time.sleep(0.05)\n";
        const string tell = "import hashlib\nmodel_state, optimizer_state = get_state_dict(model, optimizer)\nfor name, value in sorted(model_state.items()):\n    print(rank, name, hashlib.sha256(getattr(value, '_local_tensor', value).detach().numpy().tobytes()).hexdigest(), flush=True)\n";
        File.WriteAllText(sandbox.At("split.py"), page + tell);
        File.WriteAllText(sandbox.At("cut.py"), page.Replace("    if cairn.stop_requested", cut + "    if cairn.stop_requested", StringComparison.Ordinal) + tell);
        sandbox.Variables["CUT"] = "1";
        var straight = Job(["--checkpoint-dir", "straight", .. Launched(2), "split.py"]);
        var stopped = Job(["--checkpoint-dir", "cut", .. Launched(2), "cut.py"]);
        Assert.Contains("ranks stop at step 7", stopped.Errors, StringComparison.Ordinal);
        Assert.Equal(Tensors(straight), Tensors(stopped));

        static List<string> Tensors(Sandbox.Running job) => [.. job.Output.Where(line => line.Contains(".weight ", StringComparison.Ordinal) || line.Contains(".bias ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    public void Dispose() => sandbox.Dispose();

    private static string[] Tasks(int ranks) => ["--ntasks", $"{ranks}", "--", Sandbox.Python, "-B"];

    private static string[] Launched(int ranks) => ["--", Packed.Binary!, "run", "--", .. Torchrun, "--nproc_per_node", $"{ranks}"];

    private void Compare(int ranks, string straight, params ReadOnlySpan<string> cuts)
    {
        for (var rank = 0; rank < ranks; rank++)
        {
            foreach (var cut in cuts)
            {
                Assert.Equal(File.ReadAllText(sandbox.At($"{straight}-state-{rank}")), File.ReadAllText(sandbox.At($"{cut}-state-{rank}")));

                // What a kill took is given again, the same; nothing else twice.
                Assert.Equal(File.ReadAllLines(sandbox.At($"{straight}-data-{rank}")), File.ReadAllLines(sandbox.At($"{cut}-data-{rank}")).Distinct());
            }
        }
    }

    private void Play(int ranks, string result, int step, string how, string[] launch)
    {
        var job = Job(["--checkpoint-dir", "of-" + result, .. launch, Sandbox.Beside("Programs/ranks.py"), result, $"{step}", how]);
        Assert.Equal(1, job.Errors.Split(Finished).Length - 1);
        if (step >= 0)
            Assert.Contains("cairn: attempt 2 of job", job.Errors, StringComparison.Ordinal);
    }

    private Sandbox.Running Job(string[] words)
    {
        sandbox.Variables["LIBCAIRN"] = Sandbox.Library;
        sandbox.Variables["PYTHONPATH"] = Sandbox.Beside("python");
        var job = sandbox.Run(Packed.Binary!, ["local", "--time", "110s", "--requeue-delay", "100ms", .. words]);
        Assert.True(job.ExitCode == 0, job.All);
        return job;
    }

    private Sandbox.Running Start(int ranks, string result, int step, string how)
    {
        var running = sandbox.StartPython([.. Torchrun.Skip(2), "--nproc_per_node", $"{ranks}", Sandbox.Beside("Programs/ranks.py"), result, $"{step}", how]);
        running.End();
        return running;
    }
}
