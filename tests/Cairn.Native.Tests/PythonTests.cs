namespace Cairn.Native.Tests;

/// <summary>The package for Python, with a real Python and PyTorch: Debian's python3-torch, where that is installed.</summary>
public sealed class PythonTests : IDisposable
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("CAIRN_LONG") is "1" ? 5 : 1;

    private readonly Sandbox sandbox = new();

    [Fact]
    public void A_script_with_PyTorch_that_is_cut_ends_with_the_same_bytes()
    {
        Sandbox.NeedTorch();
        sandbox.Variables.Remove("OMP_NUM_THREADS"); // as a user has it
        var straight = sandbox.StartPython(Sandbox.Beside("Programs/train.py"), "straight", "straight.txt", "80", "0");
        straight.End();
        Assert.True(straight.ExitCode == 0, straight.All);

        // Python's own handler has INT: KeyboardInterrupt leaves the step, and what was saved before it stands.
        (string Signal, int Code)[] cuts = [("USR2", 143), ("KILL", 137), ("TERM", 143), ("INT", 130)];
        foreach (var (signal, code) in Enumerable.Repeat(cuts, Rounds).SelectMany(round => round))
        {
            var cut = sandbox.StartPython(Sandbox.Beside("Programs/train.py"), "cut", "cut.txt", "80", "0.01");
            var seen = 0;
            var at = Random.Shared.Next(1, 15 / Rounds + 2);
            cut.Await(line => line.StartsWith("step ", StringComparison.Ordinal) && ++seen == at);
            cut.Signal(signal);
            cut.End();
            Assert.True(cut.ExitCode == code, $"{signal}: {cut.All}");
            Assert.False(File.Exists(sandbox.At("cut.txt")), cut.All);
            if (signal == "INT")
                Assert.Contains("KeyboardInterrupt", cut.Errors, StringComparison.Ordinal);
        }

        var last = sandbox.StartPython(Sandbox.Beside("Programs/train.py"), "cut", "cut.txt", "80", "0");
        last.End();
        Assert.True(last.ExitCode == 0, last.All);
        Assert.Contains($"finished: 80 steps in {4 * Rounds + 1} attempt(s)", last.Errors, StringComparison.Ordinal);
        Assert.Equal("Outcome(FINISHED, exit_code=0)", last.Output[^1]);
        Assert.NotEqual("step 0", last.Output[0]);
        Assert.Equal(File.ReadAllLines(sandbox.At("straight.txt")), File.ReadAllLines(sandbox.At("cut.txt")));
    }

    // What the package promises piece by piece stands in python/tests. Much of it waits, so all files run at once; what one says is in a file.
    [Fact]
    public void The_packages_own_tests_pass()
    {
        var files = Directory.GetFiles(Sandbox.Beside("python/tests"), "test_*.py").Select(Path.GetFileNameWithoutExtension).ToArray();
        Assert.NotEmpty(files);
        var tests = sandbox.StartPython(["-W", "ignore::ResourceWarning", Sandbox.Beside("Programs/all.py"), Sandbox.Beside("python/tests"), .. files!]);
        tests.End();
        var said = files.ToDictionary(file => file!, file => File.ReadAllText(sandbox.At($"{file}.log")));
        Assert.True(tests.ExitCode == 0, $"{tests.All}\n{string.Concat(said.Where(one => tests.Output.Any(line => line.Contains(one.Key, StringComparison.Ordinal))).Select(one => one.Value))}");
        Assert.All(said.Values, text => Assert.Matches("Ran [1-9][0-9]* test", text));
    }

    public void Dispose() => sandbox.Dispose();
}
