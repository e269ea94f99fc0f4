using System.Globalization;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>The recipe for plain PyTorch, as it stands in docs/python-contract.md, with a real PyTorch: Debian's python3-torch, where that is installed.</summary>
public sealed class PythonTorchTests : IDisposable
{
    // The recipe, and behind it what was saved last, a line for each tensor and number. With steps as its arguments it has the job
    // warned there, at the first in the first attempt, by scancel; that step waits for the warning.
    private const string Driver = """
        import cairn
        import hashlib, os, runpy, subprocess, sys, time
        import torch

        warned_at = [int(step) for step in sys.argv[1:]]
        seen = 0
        loss = torch.nn.functional.mse_loss

        def counted(*arguments):
            global seen
            seen += 1
            if cairn.attempt() <= len(warned_at) and seen == warned_at[cairn.attempt() - 1]:
                subprocess.run(["scancel", "--signal=USR2", os.environ["SLURM_JOB_ID"]], check=True)
                while not cairn.stop_requested():
                    time.sleep(0.01)
            return loss(*arguments)

        def tell(name, value):
            if isinstance(value, dict):
                for key in value:
                    tell("{}.{}".format(name, key), value[key])
            elif isinstance(value, (list, tuple)):
                for i, one in enumerate(value):
                    tell("{}.{}".format(name, i), one)
            elif isinstance(value, torch.Tensor):
                content = bytes(value.contiguous().reshape(-1).view(torch.uint8).tolist())
                print(name, value.dtype, tuple(value.shape), hashlib.sha256(content).hexdigest())
            else:
                print(name, repr(value))

        torch.nn.functional.mse_loss = counted
        recipe = runpy.run_path("recipe.py", run_name="__main__")
        tell("state", torch.load(recipe["newest"]))
        """;

    // It costs three seconds of a processor, and all tests want it.
    private static readonly Lazy<Task<string[]>> Straight = new(RunStraightAsync);

    private readonly PythonFolder _folder = new();

    [Fact]
    public async Task Warned_in_mid_run_the_recipe_ends_as_if_nobody_had_stopped_it()
    {
        var straight = await StraightAsync();
        Assert.True(straight.Length > 10, string.Join('\n', straight));
        // Neither is at an epoch's end, which is every 32 steps, nor where the recipe saves anyway.
        Directory.CreateDirectory(_folder.At("stopped"));
        _folder.Sandbox.Write("stopped/state.pt.4711.new", "an attempt was killed while it saved");
        Assert.Equal(straight, await StoppedAsync(Recipe(), 237, 150));
        Assert.Empty(Directory.GetFiles(_folder.At("stopped"), "*.new"));
    }

    // What the recipe restores is needed: without it, the first test would see a difference.
    [Theory]
    [InlineData("    optimizer.load_state_dict(state[\"optimizer\"])\n")]
    [InlineData("    torch.set_rng_state(state[\"random\"])\n")]
    public async Task Less_than_the_recipe_restores_is_seen(string without)
    {
        var straight = await StraightAsync();
        var recipe = Recipe();
        Assert.Contains(without, recipe, StringComparison.Ordinal);
        Assert.NotEqual(straight, await StoppedAsync(recipe.Replace(without, "", StringComparison.Ordinal), 237));
    }

    public void Dispose() => _folder.Dispose();

    private static string Recipe() => Assert.Single(PythonPage.Blocks, block => block.Contains("torch.save(", StringComparison.Ordinal));

    private static async Task<string[]> StraightAsync()
    {
        await DebianTorch.NeedAsync();
        return await Straight.Value;
    }

    private static async Task<string[]> RunStraightAsync()
    {
        using var folder = new PythonFolder();
        folder.Sandbox.Write("recipe.py", Recipe());
        folder.Sandbox.Write("driver.py", Driver);
        var run = await RunAsync(folder, "driver.py");
        Assert.True(run.ExitCode == 0, run.StandardError);
        var lines = run.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("attempt 1 begins at step 0", lines[0]);
        return lines[1..];
    }

    private static async Task<BufferedCommandResult> RunAsync(PythonFolder folder, params string[] arguments)
    {
        using var patience = new CancellationTokenSource(Sandbox.Patience);
        return await CliWrap.Cli.Wrap("/usr/bin/env").WithArguments(["-i", "PATH=/usr/bin:/bin", DebianTorch.Python, "-B", .. arguments])
            .WithWorkingDirectory(folder.Sandbox.Folder).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(patience.Token);
    }

    private async Task<string[]> StoppedAsync(string recipe, params int[] warnedAt)
    {
        _folder.Sandbox.Write("recipe.py", recipe);
        _folder.Sandbox.Write("driver.py", Driver);
        var run = await _folder.Sandbox.Local(
            ["--time", "1h", "--requeue-delay", "100ms", "--checkpoint-dir", "stopped", "--", Sandbox.Program, "run", "--",
            DebianTorch.Python, "-B", "driver.py", .. warnedAt.Select(step => step.ToString(CultureInfo.InvariantCulture))]);
        Assert.True(run.ExitCode == 0, run.Error);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var attempts = Enumerable.Range(0, warnedAt.Length + 1).Select(past => string.Create(CultureInfo.InvariantCulture, $"attempt {past + 1} begins at step {warnedAt.Take(past).Sum()}")).ToArray();
        Assert.Equal(attempts, lines[..attempts.Length]);
        return lines[attempts.Length..];
    }
}
