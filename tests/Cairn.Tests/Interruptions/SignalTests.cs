using Cairn.Attempts;
using Cairn.Interruptions.Signals;
using Cairn.Posix;
using Cairn.Tests.Runs;

namespace Cairn.Tests.Interruptions;

/// <summary>Real signals to a real process, in the situations in which programs lose them.</summary>
public class SignalTests
{
    private static Interrupted Heard(TemporaryFolder folder) => AttemptStory.ReadAll(folder.Path)[0].Events.OfType<Interrupted>().First();

    [Fact]
    public void A_warning_is_heard_while_the_thread_pool_is_saturated()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder.Path, 1_000_000, "--saturate", "--delay", "20");
        trainer.WaitFor("step 5");
        trainer.Signal("USR2");
        Assert.Equal(ExitCodes.Terminated, trainer.WaitForEnd().ExitCode);
        Assert.StartsWith("USR2 from pid ", Heard(folder).Description, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ignored_signal_is_repaired_and_reported()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.StartUnder(["env", "--ignore-signal=USR2"], folder.Path, 1_000_000, "--delay", "20");
        trainer.WaitFor("step 5");
        trainer.Signal("USR2");
        Assert.Equal(ExitCodes.Terminated, trainer.WaitForEnd().ExitCode);
        Assert.Contains("USR2 was ignored when this run was opened", trainer.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ignored_TERM_is_heard_again()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.StartUnder(["env", "--ignore-signal=TERM"], folder.Path, 1_000_000, "--delay", "20");
        trainer.WaitFor("step 5");
        trainer.Signal("TERM");
        Assert.Equal(ExitCodes.Terminated, trainer.WaitForEnd().ExitCode);
        Assert.Equal("Terminate", Heard(folder).Kind);
    }

    [Theory]
    [InlineData("USR2", "Warning")]
    [InlineData("TERM", "Terminate")]
    [InlineData("INT", "Interrupt")]
    public void A_blocked_signal_is_read_from_a_signalfd(string signal, string kind)
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.StartUnder(["env", $"--block-signal={signal}"], folder.Path, 1_000_000, "--delay", "20");
        trainer.WaitFor("step 5");
        trainer.Signal(signal);
        trainer.WaitForEnd();
        Assert.Equal(kind, Heard(folder).Kind);
        Assert.StartsWith($"{signal} from pid ", Heard(folder).Description, StringComparison.Ordinal);
        Assert.Contains($"{signal} (blocked by the parent, read from a signalfd)", trainer.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signal_that_a_parent_blocked_before_the_start_is_not_lost()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.StartUnder(["env", "--block-signal=USR2", "bash", "-c", "kill -USR2 $$; exec \"$@\"", "bash"], folder.Path, 1_000_000, "--delay", "20");
        Assert.Equal(ExitCodes.Terminated, trainer.WaitForEnd().ExitCode);
        Assert.Equal("Warning", Heard(folder).Kind);
    }

    [Theory]
    [InlineData("USR1")]
    [InlineData("RTMIN+3")]
    public void Another_warning_signal_can_be_chosen(string signal)
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder.Path, 1_000_000, "--signal", signal, "--delay", "20");
        trainer.WaitFor("step 5");
        trainer.Signal(signal);
        Assert.Equal(ExitCodes.Terminated, trainer.WaitForEnd().ExitCode);
        Assert.Equal(signal, Heard(folder).Signal);
    }

    [Fact]
    public void Many_warnings_and_a_TERM_are_one_stop()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder.Path, 1_000_000, "--delay", "1000");
        trainer.WaitFor("step 2");
        trainer.Signal([.. Enumerable.Repeat("USR2", 50), "TERM"]);
        Assert.Equal(ExitCodes.Terminated, trainer.WaitForEnd().ExitCode);
        Assert.Single(AttemptStory.ReadAll(folder.Path)[0].Events.OfType<Stopped>());
    }

    [Fact]
    public void The_second_Ctrl_C_leaves_at_once()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder.Path, 1_000_000, "--delay", "60000");
        trainer.WaitFor("step 0");
        trainer.Signal("INT");
        trainer.WaitForMessage("press Ctrl-C again");
        trainer.Signal("INT");
        Assert.Equal(128 + SignalName.Int, trainer.WaitForEnd().ExitCode);
        Assert.Empty(AttemptStory.ReadAll(folder.Path)[0].Events.OfType<Stopped>());
    }

    [Fact]
    public void A_warning_that_comes_when_the_run_is_over_does_not_kill_the_program()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder.Path, 3, "--linger");
        trainer.WaitFor("lingering");
        trainer.Signal("USR2");
        trainer.SendLine();
        Assert.Equal(ExitCodes.Success, trainer.WaitForEnd().ExitCode);
    }

    [Theory]
    [InlineData("USR2", 12)]
    [InlineData("SIGUSR1", 10)]
    [InlineData("usr2", 12)]
    [InlineData("RTMIN+3", 37)]
    [InlineData("10", 10)]
    public void A_warning_signal_has_a_name_or_a_number(string text, int number) => Assert.Equal(number, SignalName.ParseWarning(text));

    [Theory]
    [InlineData("USR3")]
    [InlineData("")]
    [InlineData("KILL")]
    [InlineData("TERM")]
    [InlineData("99")]
    [InlineData("-1")]
    [InlineData("RTMIN+99")]
    [InlineData("RTMIN+0")] // .NET interrupts its own threads by it
    public void What_cannot_be_a_warning_is_refused_by_name(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<ArgumentException>(() => SignalName.ParseWarning(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_the_kernel_says_of_signals_is_read()
    {
        var state = SignalState.Parse(["Name:\tx", "SigBlk:\t0000000000000800", "SigIgn:\t0000000000001002", "SigCgt:\tffffffffffffffff"]);
        Assert.True(state.IsBlocked(12));
        Assert.False(state.IsBlocked(10));
        Assert.True(state.IsIgnored(2));
        Assert.True(state.IsIgnored(13));
        Assert.False(state.IsIgnored(12));
    }
}
