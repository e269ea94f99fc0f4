using Cairn.Cli.Tests.Running;
using Cairn.Cli.Wrapper.History;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What of a program's reports gets into the journal; the file is the program's, and may be anything.</summary>
public sealed class ReportedStepsTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Fact]
    public void The_newest_step_its_values_and_the_rate_since_the_last_look_are_told()
    {
        var reported = new ReportedSteps(_sandbox.At("reports"), TimeProvider.System);
        Assert.Null(reported.Look());
        Add(Line(10, 0, "loss", "0.5"), Line(20, 5, "loss", "0.25"), Line(20, 5, "acc", "\"NaN\""), "half a li");
        var first = reported.Look()!;
        Assert.Equal((20, 10, 0.5, 100), (first.Step, first.Steps, first.MeanSeconds, first.Planned));
        Assert.Equal((0.25, double.NaN), (first.Metrics!["loss"], first.Metrics["acc"]));
        Assert.Null(reported.Look());
        Add("ne\n", """{"step":40,"time":"2026-05-01T00:00:45Z"}""" + "\n");
        var second = reported.Look()!;
        Assert.Equal((40, 20, 2.0, 0.25), (second.Step, second.Steps, second.MeanSeconds, second.Metrics!["loss"]));
    }

    [Fact]
    public void A_program_that_begins_again_in_the_same_attempt_has_no_rate()
    {
        var reported = new ReportedSteps(_sandbox.At("reports"), TimeProvider.System);
        Add(Line(10, 0, "loss", "0.5"), Line(5, 9, "loss", "0.5"));
        var told = reported.Look()!;
        Assert.Equal((5, 0, 0), (told.Step, told.Steps, told.MeanSeconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}\n[]\nnull\n7\n\0\n")]
    [InlineData("""{"step":-1}""" + "\n")]
    [InlineData("""{"step":1.5}""" + "\n")]
    [InlineData("""{"step":"7"}""" + "\n")]
    [InlineData("""{"step":7}""")] // no end: it may be half a number
    public void What_is_no_report_is_passed_over(string text)
    {
        _sandbox.Write("reports", text);
        Assert.Null(new ReportedSteps(_sandbox.At("reports"), TimeProvider.System).Look());
    }

    [Fact]
    public void Of_a_long_file_only_the_end_is_read()
    {
        Add(Line(1, 0, "old", "1"), new string('x', 100_000) + "\n", Line(7, 1, "loss", "0.5"));
        var told = new ReportedSteps(_sandbox.At("reports"), TimeProvider.System).Look()!;
        Assert.Equal((7, 1), (told.Step, told.Metrics!.Count));
    }

    public void Dispose() => _sandbox.Dispose();

    private static string Line(int step, int second, string metric, string value) =>
        $$"""{"step":{{step}},"total":100,"metric":"{{metric}}","value":{{value}},"time":"2026-05-01T00:00:{{second:00}}Z"}""" + "\n";

    private void Add(params string[] lines) => File.AppendAllText(_sandbox.At("reports"), string.Concat(lines));
}
