using Cairn.Cli.SlurmNotation;

namespace Cairn.Cli.Tests;

public class SlurmNotationTests
{
    [Theory]
    [InlineData("10", 600)]
    [InlineData("10:30", 630)]
    [InlineData("01:00:05", 3605)]
    [InlineData("2-03", 183600)]
    [InlineData("1-00:10:00", 87000)]
    [InlineData("20s", 20)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    public void A_time_limit_is_read_as_Slurm_reads_it(string text, double seconds) =>
        Assert.Equal(seconds, SlurmDuration.ParseLimit(text, "--time").TotalSeconds);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("soon")]
    [InlineData("1:2:3:4")]
    [InlineData("-5")]
    [InlineData("5x")]
    [InlineData("99999999999999999999")]
    [InlineData("1e9s")]
    public void What_is_no_time_limit_is_refused_by_name(string text) =>
        Assert.Contains($"--time {text}", Assert.Throws<UsageException>(() => SlurmDuration.ParseLimit(text, "--time")).Message);

    [Theory]
    [InlineData("USR2@60", 12, 60, false)]
    [InlineData("B:SIGUSR1@8s", 10, 8, true)]
    [InlineData("15", 15, 60, false)]
    public void A_warning_is_read(string text, int signal, double lead, bool batch) =>
        Assert.Equal(new WarningSignal(signal, TimeSpan.FromSeconds(lead), batch), WarningSignal.Parse(text));

    [Theory]
    [InlineData("USR9@60")]
    [InlineData("USR2@x")]
    [InlineData("@5")]
    public void What_is_no_warning_is_refused(string text) =>
        Assert.Throws<UsageException>(() => WarningSignal.Parse(text));
}
