using Cairn.Cli.LocalScheduler.Jobs;

namespace Cairn.Cli.Tests.Running;

/// <summary>The table of docs/local.md, as seen by a real process in each form.</summary>
public abstract class WhoHearsWhatTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    protected async Task Limit_and_warning(string form, string signal, string expected, int exitCode)
    {
        var run = await _sandbox.Local(
            "--form", form, "--time", "6s", "--signal", signal, "--kill-wait", "500ms", "--", SignalLogger.In(_sandbox));
        Assert.Equal(expected, SignalLogger.HeardOnce(_sandbox));
        Assert.Equal(exitCode, run.ExitCode);
    }

    protected async Task Preemption(string form, int terms)
    {
        var run = await _sandbox.Local(
            "--form", form, "--preempt-after", "3s", "--grace", "1s", "--kill-wait", "500ms", "--max-attempts", "1", "--", SignalLogger.In(_sandbox));
        Assert.Equal(terms, SignalLogger.Heard(_sandbox).Count(signal => signal == "TERM"));
        Assert.Equal(terms > 0 ? "CONT TERM" : "", SignalLogger.HeardOnce(_sandbox));
        Assert.Equal(JobOutcome.AttemptsUsedUpCode, run.ExitCode);
        Assert.Equal(["Preempted"], run.Endings);
    }

    public void Dispose()
    {
        _sandbox.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class ATaskOfSrun : WhoHearsWhatTests
{
    [Theory]
    [InlineData("USR2@3s", "CONT TERM USR2")]
    [InlineData("B:USR2@3s", "CONT TERM")]
    public Task Hears_warnings_without_B_and_the_limit(string signal, string expected) => Limit_and_warning("srun", signal, expected, 124);

    [Fact]
    public Task Hears_a_preemption_begin_and_end() => Preemption("srun", terms: 2);
}

public sealed class TheBatchShellItself : WhoHearsWhatTests
{
    [Theory]
    [InlineData("USR2@3s", "CONT TERM")]
    [InlineData("B:USR2@3s", "CONT TERM USR2")]
    public Task Hears_warnings_with_B_and_the_limit(string signal, string expected) => Limit_and_warning("exec", signal, expected, 124);

    [Fact]
    public Task Hears_a_preemption_only_when_it_ends() => Preemption("exec", terms: 1);
}

public sealed class AChildOfTheBatchShell : WhoHearsWhatTests
{
    [Fact]
    public Task Hears_neither_a_warning_nor_the_limit() => Limit_and_warning("child", "USR2@3s", "", 124);

    [Fact]
    public Task Dies_with_its_shell_which_a_warning_with_B_kills() => Limit_and_warning("child", "B:USR2@3s", "", 128 + 12);

    [Fact]
    public Task Hears_nothing_of_a_preemption() => Preemption("child", terms: 0);
}

public sealed class AChildOfATask : WhoHearsWhatTests
{
    [Theory]
    [InlineData("USR2@3s")]
    [InlineData("B:USR2@3s")]
    public Task Hears_nothing_at_all(string signal) => Limit_and_warning("task-child", signal, "", 124);

    [Fact]
    public Task Hears_nothing_of_a_preemption() => Preemption("task-child", terms: 0);
}
