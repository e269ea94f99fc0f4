using System.Text;
using System.Text.Json;
using Cairn.Attempts;

namespace Cairn.Tests.Attempts;

/// <summary>A line of a metrics file.</summary>
public class MetricReportTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, 250, TimeSpan.Zero);

    [Theory]
    [InlineData("loss", 0.25)]
    [InlineData("val/loss, \"best\"\n\u001b[31m", -0.0)]
    [InlineData("verlust_größe", double.NaN)]
    [InlineData("x", double.PositiveInfinity)]
    [InlineData("x", double.NegativeInfinity)]
    [InlineData("x", double.Epsilon)]
    public void What_was_written_is_read(string metric, double value)
    {
        var report = new MetricReport(long.MaxValue, metric, value, Noon);
        Assert.DoesNotContain('\n', Write(report));
        Assert.Equal(report, MetricReport.Read(Encoding.UTF8.GetBytes(Write(report))));
    }

    [Fact]
    public void It_has_the_form_that_is_documented() => Assert.Equal(
        """{"step":120,"metric":"loss","value":0.25,"time":"2026-05-01T12:00:00.25+00:00"}""", Write(new MetricReport(120, "loss", 0.25, Noon)));

    [Fact]
    public void Half_a_surrogate_pair_has_a_form() => Assert.Equal("a\ufffdb", MetricReport.Read(Encoding.UTF8.GetBytes(Write(new MetricReport(1, "a\ud800b", 1, Noon))))!.Value.Metric);

    [Fact]
    public void Of_a_line_that_was_cut_off_nothing_counts()
    {
        var line = Encoding.UTF8.GetBytes(Write(new MetricReport(12, "loss", 123.5, Noon)));
        for (var length = 0; length < line.Length; length++)
            Assert.Null(MetricReport.Read(line.AsSpan(0, length)));
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("""{"step":1,"metric":"x","value":1}{}""")]
    [InlineData("""{"step":-1,"metric":"x","value":1}""")]
    [InlineData("""{"step":1,"metric":"","value":1}""")]
    [InlineData("""{"step":1,"metric":"x"}""")]
    [InlineData("""{"step":1,"metric":"x","value":"much"}""")]
    [InlineData("""{"step":1.5,"metric":"x","value":1}""")]
    [InlineData("""{"step":1,"metric":7,"value":1}""")]
    public void Another_form_is_none(string line) => Assert.Null(MetricReport.Read(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Fields_of_a_later_version_are_passed_over() =>
        Assert.Equal(new MetricReport(1, "x", 2, default), MetricReport.Read("""{"kind":{"a":[1]},"step":1,"metric":"x","value":2}"""u8));

    private static string Write(MetricReport report)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
            report.Write(json);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
