using System.Text.RegularExpressions;

namespace Cairn.Native.Tests;

/// <summary>The program that stands in docs/python-run.md, as a reader takes it from there.</summary>
public sealed partial class PageTests : IDisposable
{
    // Behind the page's program: all that its next step would depend on. At a batch that is named it sends itself a signal, as soon as the step has begun.
    private const string Driver = """
        import hashlib, os, runpy, signal, sys, torch
        signal_name, batch_number = sys.argv[1], int(sys.argv[2])
        loss, seen = torch.nn.functional.mse_loss, 0

        def counted(*arguments):
            global seen
            seen += 1
            if seen == batch_number:
                os.kill(os.getpid(), getattr(signal, "SIG" + signal_name))
            return loss(*arguments)

        torch.nn.functional.mse_loss = counted
        page = runpy.run_path("page.py", run_name="__main__")

        def tell(name, value):
            if isinstance(value, dict):
                for key in value:
                    tell("{}.{}".format(name, key), value[key])
            elif isinstance(value, (list, tuple)):
                for i, one in enumerate(value):
                    tell("{}.{}".format(name, i), one)
            elif isinstance(value, torch.Tensor):
                print(name, value.dtype, tuple(value.shape), hashlib.sha256(value.contiguous().numpy().tobytes()).hexdigest())
            else:
                print(name, repr(value))

        for name in ("model", "optimizer", "scheduler", "scaler"):
            tell(name, page[name].state_dict())
        tell("early", page["early"])
        tell("final", torch.load("final.pt"))
        print(torch.rand(1).item())
        """;

    private readonly Sandbox sandbox = new();

    [Fact]
    public void The_pages_program_ends_with_the_same_bytes_however_it_is_stopped()
    {
        var program = Assert.Single(Blocks().Matches(File.ReadAllText(Sandbox.Beside("python-run.md")))).Groups["code"].Value;
        File.WriteAllText(sandbox.At("page.py"), program);
        File.WriteAllText(sandbox.At("driver.py"), Driver);
        var straight = Run("USR2", 0);
        Assert.SkipWhen(straight.Errors.Contains("No module named 'torch'", StringComparison.Ordinal), $"{Sandbox.Python} has no PyTorch (on Debian python3-torch)");
        Assert.True(straight.ExitCode == 0, straight.All);
        Assert.True(straight.Output.Count > 20, straight.All);
        Directory.Delete(sandbox.At("checkpoints"), recursive: true);

        var told = new List<string>();
        foreach (var (signal, batch, code) in new[] { ("USR2", 23, 143), ("TERM", 41, 143), ("KILL", 30, 137) })
        {
            var cut = Run(signal, batch);
            Assert.True(cut.ExitCode == code, $"{signal}: {cut.All}");
            told.AddRange(cut.Output);
        }

        var last = Run("USR2", 0);
        Assert.True(last.ExitCode == 0, last.All);
        told.AddRange(last.Output);

        // What a kill took is said again, the same; nothing else is said twice.
        Assert.Equal(straight.Output, told.Distinct());
    }

    public void Dispose() => sandbox.Dispose();

    private Sandbox.Running Run(string signal, int batch)
    {
        var run = sandbox.StartPython("driver.py", signal, batch.ToString(System.Globalization.CultureInfo.InvariantCulture));
        run.End();
        return run;
    }

    [GeneratedRegex("^```python\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Blocks();
}
