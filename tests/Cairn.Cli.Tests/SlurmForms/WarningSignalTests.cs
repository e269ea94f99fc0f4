using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Tests.SlurmForms;

public sealed class WarningSignalTests
{
    [Theory]
    [InlineData("USR2@60", 12, 60, false)]
    [InlineData("SIGUSR1@8s", 10, 8, false)]
    [InlineData("usr2", 12, 60, false)]
    [InlineData("12@5", 12, 5, false)]
    [InlineData("B:TERM@1m", 15, 60, true)]
    [InlineData("R:USR1@30", 10, 30, false)]
    [InlineData("RB:USR1@30", 10, 30, true)]
    public void Reads_every_form_of_a_warning(string text, int signal, double lead, bool toBatchShell)
    {
        Assert.True(WarningSignal.TryParse(text, out var warning));
        Assert.Equal(new(signal, TimeSpan.FromSeconds(lead), toBatchShell), warning);
    }

    [Theory]
    [InlineData("")]
    [InlineData("FOO@60")]
    [InlineData("USR2@")]
    [InlineData("USR2@soon")]
    [InlineData("USR2@70000")]
    [InlineData("X:USR2@60")]
    [InlineData("0@60")]
    [InlineData("65@60")]
    public void Refuses_what_is_no_warning(string text) => Assert.False(WarningSignal.TryParse(text, out _));
}
