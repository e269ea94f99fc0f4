using System.Text.Json;
using System.Text.RegularExpressions;
using Cairn.Cli.Stories.Reports;

namespace Cairn.Cli.Tests.Stories;

/// <summary>The dashboard and the page know the names that <c>cairn status</c> writes, and no others.</summary>
public partial class DashboardTests
{
    [Theory]
    [InlineData("cairn.json")]
    [InlineData("status.md")]
    public void All_names_are_those_that_are_written(string file)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Stories", file));
        if (file.EndsWith(".json", StringComparison.Ordinal))
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(text).RootElement.ValueKind);
        var written = Head().Matches(PrometheusText.Of([])).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal);
        Assert.Equal(written, Name().Matches(text).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("^# TYPE (?<name>[a-z_]+) gauge$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Head();

    [GeneratedRegex("cairn_run_[a-z_]+", RegexOptions.None, 1000)]
    private static partial Regex Name();
}
