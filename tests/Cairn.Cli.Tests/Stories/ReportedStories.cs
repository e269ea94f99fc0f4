using Cairn.Attempts;
using Cairn.Cli.Inspection;
using Cairn.Cli.Stories;
using Cairn.Cli.Stories.Pages;
using static Cairn.Cli.Tests.Stories.Told;

namespace Cairn.Cli.Tests.Stories;

/// <summary>Runs for reports.</summary>
internal static class ReportedStories
{
    /// <summary>Breaks out of an element, an attribute in either quotes, a comment, a style and Markdown.</summary>
    public const string Hostile = "'\"--></style></title></svg><script>document.title='gone'</script><img src=//evil.invalid/x onerror=\"document.title='gone'\"><a href=\"javascript:alert(1)\">|`";

    /// <summary>A recorded one, from the folder in which it was laid out.</summary>
    public static ReportedRun Recorded(string name)
    {
        using var recorded = new RecordedStory(name);
        var folder = Path.Combine(recorded.Home, "checkpoints");
        var story = recorded.Read("checkpoints");
        return ReportedRun.Read(folder, RunStatus.Of(story, null, FolderState.Nothing, RecordedStory.Now), RecordedStory.Now) with { Name = name };
    }

    /// <summary>One whose folder, node, job, metric and words are hostile.</summary>
    public static ReportedRun OfHostileNames()
    {
        var began = Began(0, 1, Hostile) with { Process = new(Hostile, "boot", 1, 1), Allocation = new("c", "p", Hostile, 1, 4) };
        return Of(
            Hostile,
            Story(500, Journal(1, 300, began, Resumed(10, 0), Saved(112, 100), new SaveFailed(At(150), 120, "schedule", Hostile), Stopped(200, 150, Hostile, "Exit", Hostile), Ended(200, "stopped", 150))),
            [new(Hostile, [new(1, 1, 1, At(11)), new(1, 2, double.NaN, At(12)), new(1, 3, 0.1, At(13))])]);
    }

    /// <summary>A thousand attempts that died one after the other, and a hundred thousand values, one of which stands out.</summary>
    public static ReportedRun Long()
    {
        var journals = new FoundJournal[1000];
        var points = new MetricPoint[100_000];
        for (var i = 0; i < journals.Length; i++)
            journals[i] = Journal(i + 1, (i * 200) + 190, Began(i * 200, i + 1), Resumed((i * 200) + 10, i * 100), Saved((i * 200) + 150, (i * 100) + 100), Progress((i * 200) + 180, (i * 100) + 150));
        for (var i = 0; i < points.Length; i++)
            points[i] = new((i / 100) + 1, i, i == 56_789 ? 1000 : 1 + (i % 7), At(i));
        return Of("long", Story(1_000_000, journals), [new("loss", points)]);
    }

    private static ReportedRun Of(string name, RunStory story, IReadOnlyList<MetricSeries> metrics) =>
        new(name, RunStatus.Of(story, null, FolderState.Nothing, At(1000)), story, metrics, 0, [name]);
}
