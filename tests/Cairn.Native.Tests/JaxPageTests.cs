using System.Text.RegularExpressions;

namespace Cairn.Native.Tests;

/// <summary>The program of docs/python-jax.md, with a stand-in for JAX, which says what that is worth (python/tests/standins/jax).</summary>
public sealed partial class JaxPageTests : IDisposable
{
    // At a step that is named it sends itself a signal; in the end it tells all that a next step would depend on.
    private const string Driver = """
        import os, runpy, signal, sys
        sys.path.insert(0, os.path.join(os.environ["PYTHONPATH"], "tests", "standins"))
        import jax, numpy
        signal_name, step_number, seen = sys.argv[1], int(sys.argv[2]), 0
        real = jax.value_and_grad

        def counted(function):
            global seen
            seen += 1
            if seen == step_number:
                os.kill(os.getpid(), getattr(signal, "SIG" + signal_name))
            return real(function)

        jax.value_and_grad = counted
        train = runpy.run_path("page.py", run_name="__main__")["train"]
        for leaf in (train.params["weight"], train.params["bias"], train.momentum["weight"], train.momentum["bias"], jax.random.key_data(train.key)):
            print(numpy.asarray(leaf).tobytes().hex())
        """;

    private readonly Sandbox sandbox = new();

    [Fact]
    public void It_ends_with_the_same_bytes_however_it_is_stopped()
    {
        File.WriteAllText(sandbox.At("page.py"), Assert.Single(Blocks().Matches(File.ReadAllText(Sandbox.Beside("docs/python-jax.md")))).Groups["code"].Value);
        File.WriteAllText(sandbox.At("driver.py"), Driver);
        var straight = Run("USR2", 0);
        Assert.SkipWhen(straight.Errors.Contains("No module named 'numpy'", StringComparison.Ordinal), $"{Sandbox.Python} has no NumPy");
        Assert.True(straight.ExitCode == 0, straight.All);
        Assert.Equal(11, straight.Output.Count);
        Directory.Delete(sandbox.At("checkpoints"), recursive: true);

        var told = new List<string>();
        foreach (var (signal, step, code) in new[] { ("USR2", 17, 143), ("KILL", 9, 137), ("TERM", 25, 143) })
        {
            var cut = Run(signal, step);
            Assert.True(cut.ExitCode == code, $"{signal}: {cut.All}");
            told.AddRange(cut.Output);
        }

        var last = Run("USR2", 0);
        Assert.True(last.ExitCode == 0, last.All);
        told.AddRange(last.Output);
        Assert.Equal(straight.Output, told.Distinct());
    }

    public void Dispose() => sandbox.Dispose();

    private Sandbox.Running Run(string signal, int step)
    {
        var run = sandbox.StartPython("driver.py", signal, step.ToString(System.Globalization.CultureInfo.InvariantCulture));
        run.End();
        return run;
    }

    [GeneratedRegex("^```python\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Blocks();
}
