using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Tests.SlurmForms;

public sealed class SlurmClockTests
{
    private static readonly DateTimeOffset Instant = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Theory]
    [InlineData(null, "2023-11-14T22:13:20")]
    [InlineData("standard", "2023-11-14T22:13:20")]
    [InlineData("%s", "1700000000")]
    [InlineData("%F %T", "2023-11-14 22:13:20")]
    [InlineData("%d.%m.%y 100%%", "14.11.23 100%")]
    public void Instants_are_printed_in_the_form_that_is_asked_for(string? format, string expected) =>
        Assert.Equal(expected, new SlurmClock(format, TimeZoneInfo.Utc).Format(Instant));

    [Fact]
    public void What_is_not_known_is_said_so() => Assert.Equal("Unknown", new SlurmClock("%s", TimeZoneInfo.Utc).Format(null));
}
