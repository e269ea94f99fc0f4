using System.Globalization;

namespace Cairn.Cli.Tests.Running;

public sealed class GuidesPatternTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Fact]
    public async Task Runs_unchanged_is_warned_requeues_itself_and_goes_on_until_it_is_done()
    {
        NeedsPython();
        // 120 steps of 0.1 s, and an attempt has room for at most 50 before its warning, which python must be up for.
        var run = await _sandbox.Local("--time", "20s", "--signal", "USR2@15s", "--requeue-delay", "200ms", "--", "python3", Script, "120");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("COMPLETED", run.Report!.State);
        Assert.True(run.Report.Attempts.Count >= 3, run.Error);
        Assert.Equal("Finished", run.Endings.Last());
        Assert.All(run.Endings.SkipLast(1), ending => Assert.Equal("RequeuedAfterWarning", ending));
        Assert.EndsWith("training complete\n", run.Output, StringComparison.Ordinal);
        AssertEachAttemptGoesOnWhereTheOneBeforeStopped(run.Output.Split('\n'));

        using var straight = new Sandbox();
        Assert.Equal(0, (await straight.Local("--", "python3", Script, "120", "0")).ExitCode);
        Assert.Equal(File.ReadAllText(straight.At("checkpoint.json")), File.ReadAllText(_sandbox.At("checkpoint.json")));
    }

    [Fact]
    public async Task In_the_guides_own_batch_script_it_never_hears_its_warning()
    {
        NeedsPython();
        _sandbox.Script(
            "job.sh",
            $"""
            #SBATCH --job-name=checkpointing_example
            ##SBATCH --account=nobody
            #SBATCH --nodes=1
            #SBATCH --ntasks=1
            #SBATCH --cpus-per-task=4
            #SBATCH --mem=4G
            #SBATCH --time=00:00:03
            #SBATCH --output=%x_%j.out
            #SBATCH --error=%x_%j.err
            #SBATCH --signal=USR2@2 # in vain: a plain child of the batch shell does not hear it
            python3 '{Script}'
            """);
        var run = await _sandbox.Local("job.sh");
        Assert.Equal(124, run.ExitCode);
        Assert.Equal(["Limit"], run.Endings);
        var log = File.ReadAllText(_sandbox.At($"checkpointing_example_{run.Report!.JobId}.out"));
        Assert.Contains("saved at step 0", log, StringComparison.Ordinal);
        Assert.DoesNotContain("signal", log, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    public void Dispose() => _sandbox.Dispose();

    private static string Script => Path.Combine(AppContext.BaseDirectory, "Programs", "GuidePython", "train.py");

    private static void AssertEachAttemptGoesOnWhereTheOneBeforeStopped(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("requeueing", StringComparison.Ordinal))
                continue;
            var stopped = int.Parse(lines[i - 1].Split(' ')[^1], CultureInfo.InvariantCulture);
            Assert.Equal($"resumed from step {stopped + 1}", lines[i + 1]);
        }
    }

    private static void NeedsPython() => Assert.SkipUnless(
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "python3"))),
        "python3 is not on PATH");
}
