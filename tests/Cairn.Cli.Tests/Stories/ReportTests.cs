using System.Text.Json;
using Cairn.Cli.Stories.Pages;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;
using ReportJson = Cairn.Cli.Stories.Pages.ReportJson;

namespace Cairn.Cli.Tests.Stories;

/// <summary><c>cairn report</c>: what stands in a report. How it looks is for <see cref="ReportBrowserTests"/>.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("cairn-test-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void The_page_has_the_figures_of_the_story()
    {
        // Worked out by hand in StoriesTests: 14.10 s and 2.01 s of steps that count, in 29.45 s.
        var page = Page(ReportedStories.Recorded("killed"));
        Assert.All(
            (string[])[">54.7 % <", "attempt 2 from step 41.", "10 values of steps that were lost, or done once more, are left out.", "killed or crashed", "80 values from 0.0125 to 1, 0.0125 at step 80", "best between two (Young/Daly)"],
            words => Assert.Contains(words, Flat(page), StringComparison.Ordinal));
        Assert.Contains("GPU-hours</th>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("node-hours</th>", page, StringComparison.Ordinal); // they were of one node
        Assert.DoesNotContain("GPU-hours</th>", Page(ReportedStories.Recorded("warning")), StringComparison.Ordinal); // nobody asked for one
    }

    [Fact]
    public void Several_runs_stand_beside_each_other()
    {
        var page = Flat(Page(ReportedStories.Recorded("killed"), ReportedStories.Recorded("limit"), ReportedStories.Recorded("warning")));
        Assert.Contains("<caption>Runs side by side</caption>", page, StringComparison.Ordinal);
        Assert.All((string[])["killed", "limit", "warning"], name => Assert.Contains($"<th scope=\"row\" class=\"t\"> {name}</th>", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_out_of_a_file_is_markup()
    {
        var run = ReportedStories.OfHostileNames();
        var page = Page(run);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<a href=\"javascript", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(@"(?<!\\)<(script|img)", ReportMarkdown.Of([run], [run.Name], RecordedStory.Now));
        using var json = JsonDocument.Parse(ReportJson.Of([run], [run.Name], RecordedStory.Now));
        Assert.Equal(ReportedStories.Hostile, json.RootElement.GetProperty("runs")[0].GetProperty("metrics")[0].GetProperty("name").GetString());
    }

    [Fact]
    public void A_long_run_is_thinned_out_with_its_peaks()
    {
        var run = ReportedStories.Long();
        var page = Page(run);
        Assert.InRange(page.Length, 100_000, 3_000_000);
        Assert.Contains("drawn thinned out, lows and highs kept", page, StringComparison.Ordinal);
        Assert.Matches(@"L567\.\d 0L", page); // the one that stands out, at the top
        Assert.Contains("the newest 60 of 1000 attempts", page, StringComparison.Ordinal);
        Assert.Contains("Cuts, too many to be drawn", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_for_programs_are_those_of_the_story()
    {
        using var json = JsonDocument.Parse(ReportJson.Of([ReportedStories.Recorded("killed")], [], RecordedStory.Now));
        var run = json.RootElement.GetProperty("runs")[0];
        Assert.Equal((10, 10, 80), (run.GetProperty("steps_lost").GetInt32(), run.GetProperty("steps_redone").GetInt32(), run.GetProperty("step").GetInt32()));
        Assert.Equal(14.10, run.GetProperty("seconds").GetProperty("training").GetDouble(), 0.01);
        Assert.Equal(2, run.GetProperty("attempts").GetArrayLength());
    }

    [Fact]
    public async Task The_command_writes_a_file_and_replaces_none_that_is_no_report()
    {
        using var recorded = new RecordedStory("killed");
        var file = Path.Combine(_home, "report.html");
        for (var i = 0; i < 2; i++)
        {
            var written = await Run(recorded.Home);
            Assert.True(written.ExitCode == 0, written.StandardError);
            Assert.StartsWith("report.html: 1 run, ", written.StandardOutput, StringComparison.Ordinal);
            Assert.StartsWith(ReportPage.Head, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(file, "mine", TestContext.Current.CancellationToken);
        var refused = await Run(recorded.Home);
        Assert.Equal((2, "mine"), (refused.ExitCode, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)));
        Assert.Contains("report.html is there, and no report of Cairn's", refused.StandardError, StringComparison.Ordinal);
        Assert.Equal(2, (await Run(recorded.Home, "--format", "pdf")).ExitCode);
        Assert.Equal(2, (await Run(recorded.Home, "-o", _home)).ExitCode);
        Assert.Equal(69, (await Run(recorded.Home, "-o", Path.Combine(_home, "no", "such.html"))).ExitCode);
        Assert.StartsWith("# Cairn report", (await Run(recorded.Home, "--format", "markdown")).StandardOutput, StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFiles(_home));
    }

    private static string Page(params ReportedRun[] runs) => ReportPage.Of(runs, [], RecordedStory.Now);

    private static string Flat(string page) => page.Replace('\n', ' ').Replace("  ", " ", StringComparison.Ordinal);

    private async Task<BufferedCommandResult> Run(params string[] arguments) => await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["report", .. arguments]).WithWorkingDirectory(_home)
        .WithEnvironmentVariables(variables => variables.Set("PATH", "/nonexistent")) // no queue
        .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
}
