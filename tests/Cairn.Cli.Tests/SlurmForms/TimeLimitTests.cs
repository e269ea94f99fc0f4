using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Tests.SlurmForms;

public sealed class TimeLimitTests
{
    [Theory]
    [InlineData("10", 600d)]
    [InlineData("10:30", 630d)]
    [InlineData("00:10:00", 600d)]
    [InlineData("36:00:00", 129600d)]
    [InlineData("1-12", 129600d)]
    [InlineData("1-12:30", 131400d)]
    [InlineData("1-12:30:15", 131415d)]
    [InlineData("20s", 20d)]
    [InlineData("1.5s", 1.5)]
    [InlineData("500ms", 0.5)]
    [InlineData("5m", 300d)]
    [InlineData("2h", 7200d)]
    [InlineData("1d", 86400d)]
    [InlineData("UNLIMITED", null)]
    [InlineData("INFINITE", null)]
    [InlineData("0", null)]
    [InlineData("00:00:00", null)]
    public void Reads_every_form_of_a_time(string text, double? seconds)
    {
        Assert.True(TimeLimit.TryParse(text, out var limit));
        Assert.Equal(seconds, limit?.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("10:")]
    [InlineData(":10")]
    [InlineData("1:2:3:4")]
    [InlineData("-5")]
    [InlineData("1-")]
    [InlineData("1-2:3:4:5")]
    [InlineData("5x")]
    [InlineData("s")]
    [InlineData("1e3s")]
    [InlineData("99999999999999999999s")]
    [InlineData("99999999999")]
    public void Refuses_what_is_no_time(string text) => Assert.False(TimeLimit.TryParse(text, out _));

    [Theory]
    [InlineData(20d, "00:00:20")]
    [InlineData(600d, "00:10:00")]
    [InlineData(131415d, "1-12:30:15")]
    [InlineData(0.2, "00:00:01")]
    [InlineData(null, "UNLIMITED")]
    public void Is_printed_as_scontrol_does(double? seconds, string text) =>
        Assert.Equal(text, TimeLimit.Format(seconds is { } known ? TimeSpan.FromSeconds(known) : null));

    [Theory]
    [InlineData(0.44, "0.4 s")]
    [InlineData(12d, "12 s")]
    [InlineData(59.7, "1 min")]
    [InlineData(200d, "3 min 20 s")]
    [InlineData(7500d, "2 h 5 min")]
    public void Durations_are_short_for_people(double seconds, string text) =>
        Assert.Equal(text, Durations.Format(TimeSpan.FromSeconds(seconds)));
}
