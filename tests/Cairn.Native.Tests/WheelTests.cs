namespace Cairn.Native.Tests;

/// <summary>The wheel, as somebody gets it: installed into an empty environment, without network.</summary>
public sealed class WheelTests : IDisposable
{
    private const string Program = """
        import cairn
        state = {"sum": 0.0}
        run = cairn.Run("checkpoints", save=cairn.every(steps=10))
        run.track(state=state)
        for step in run.steps(100):
            state["sum"] += step
            if step == 41 and run.attempt == 1:
                run.request_stop("the test")
        run.finish(lambda: print(state))
        """;

    private readonly Sandbox sandbox = new();

    [Fact]
    public void It_holds_all_that_a_program_needs_and_the_command_line()
    {
        var artifacts = Path.GetDirectoryName(Sandbox.Library)!;
        Assert.SkipUnless(File.Exists(Sandbox.Python), $"there is no {Sandbox.Python}");
        var made = sandbox.Run(Sandbox.Python, "-B", Script(), artifacts, sandbox.At("wheels"));
        Assert.True(made.ExitCode == 0, made.All);
        var again = sandbox.Run(Sandbox.Python, "-B", Script(), artifacts, sandbox.At("again"));
        Assert.True(again.ExitCode == 0, again.All);
        var wheel = Assert.Single(Directory.GetFiles(sandbox.At("wheels")));
        Assert.Equal(File.ReadAllBytes(wheel), File.ReadAllBytes(Path.Combine(sandbox.At("again"), Path.GetFileName(wheel))));

        var environment = sandbox.Run(Sandbox.Python, "-m", "venv", "environment");
        Assert.SkipWhen(environment.ExitCode != 0, $"no environment can be made (on Debian python3-venv): {environment.All}");
        var installed = sandbox.Run(sandbox.At("environment/bin/pip"), "install", "--no-index", "--disable-pip-version-check", wheel);
        Assert.True(installed.ExitCode == 0, installed.All);

        File.WriteAllText(sandbox.At("program.py"), Program);
        var stopped = sandbox.Run(sandbox.At("environment/bin/python"), "program.py");
        Assert.True(stopped.ExitCode == 143, stopped.All);
        var finished = sandbox.Run(sandbox.At("environment/bin/python"), "program.py");
        Assert.True(finished.ExitCode == 0, finished.All);
        Assert.Equal("{'sum': 4950.0}", Assert.Single(finished.Output));

        var listed = sandbox.Run(sandbox.At("environment/bin/cairn"), "ls", "checkpoints");
        Assert.True(listed.ExitCode == 0, listed.All);
        Assert.Contains(listed.Output, line => line.Contains("100", StringComparison.Ordinal));
        var removed = sandbox.Run(sandbox.At("environment/bin/pip"), "uninstall", "--yes", "cairn");
        Assert.True(removed.ExitCode == 0, removed.All);
    }

    public void Dispose() => sandbox.Dispose();

    // It reads the checkout that the artifacts were made from.
    private static string Script()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "python/wheel.py")) || !File.Exists(Path.Combine(folder.FullName, "eng/Common.props")))
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not lie in a checkout");
        return Path.Combine(folder.FullName, "python/wheel.py");
    }
}
