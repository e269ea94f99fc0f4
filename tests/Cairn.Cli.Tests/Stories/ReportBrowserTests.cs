using Cairn.Cli.Stories.Pages;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Cairn.Cli.Tests.Stories;

/// <summary>The page of <c>cairn report</c> in a real Chromium, which is the system's: nothing is downloaded.</summary>
public sealed class ReportBrowserTests(ReportBrowserTests.Chromium chromium) : IClassFixture<ReportBrowserTests.Chromium>, IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("cairn-test-").FullName;
    private readonly List<string> _said = [];
    private readonly List<string> _asked = [];

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Nothing_is_wider_than_the_window_nothing_is_asked_for_and_nothing_is_complained_of()
    {
        var page = await OpenAsync(ReportedStories.Recorded("killed"), ReportedStories.Recorded("limit"), ReportedStories.OfHostileNames());
        foreach (var width in (int[])[360, 800, 1400])
        {
            await page.SetViewportSizeAsync(width, 800).InTime();
            Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth").InTime());
        }

        Assert.Equal("3 runs: Cairn report", await page.TitleAsync().InTime());
        Assert.Equal(0, await page.Locator("script, img, a[href^='javascript']").CountAsync().InTime());
        Assert.Empty(_said);
        Assert.Single(_asked);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task It_can_be_read_by_all_in_light_and_dark(ColorScheme scheme)
    {
        var page = await OpenAsync(ReportedStories.Recorded("killed"));
        await page.EmulateMediaAsync(new() { ColorScheme = scheme }).InTime();
        var background = await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor").InTime();
        Assert.Equal(scheme == ColorScheme.Light ? "rgb(255, 255, 255)" : "rgb(17, 22, 29)", background);
        var found = await page.RunAxe().InTime();
        Assert.Empty(found.Violations.Select(one => $"{one.Id}: {one.Help}: {string.Join(" ", one.Nodes.Take(3).Select(node => node.Html))}"));
        Assert.Contains(found.Passes, one => one.Id == "color-contrast");
    }

    [Fact]
    public async Task The_keyboard_comes_to_all_that_can_be_reached_in_the_order_of_the_page()
    {
        var page = await OpenAsync(ReportedStories.Recorded("killed"), ReportedStories.Recorded("limit"));
        var expected = await page.EvaluateAsync<string[]>("[...document.querySelectorAll('a, [tabindex=\"0\"]')].map(one => one.getAttribute('href') ?? one.getAttribute('aria-label'))").InTime();
        Assert.Equal(["#main", "#run1", "#run2", "Runs side by side", "Where the time went"], expected[..5]);
        List<string> reached = [];
        for (var i = 0; i < expected.Length; i++)
        {
            await page.Keyboard.PressAsync("Tab").InTime();
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.getAttribute('href') ?? document.activeElement.getAttribute('aria-label')").InTime());
            Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle").InTime());
        }

        Assert.Equal(expected, reached);
    }

    [Fact]
    public async Task On_paper_nothing_is_cut_off()
    {
        var page = await OpenAsync(ReportedStories.Recorded("killed"));
        await page.SetViewportSizeAsync(720, 1000).InTime();
        await page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark }).InTime();
        Assert.Equal("rgb(255, 255, 255)", await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor").InTime());
        Assert.Equal(720, await page.EvaluateAsync<int>("document.documentElement.scrollWidth").InTime());
    }

    private async Task<IPage> OpenAsync(params ReportedRun[] runs)
    {
        Assert.SkipWhen(chromium.Browser is null, $"{Chromium.Path} is not installed (Debian: apt install chromium)");
        var file = Path.Combine(_home, "report.html");
        await File.WriteAllTextAsync(file, ReportPage.Of(runs, [], RecordedStory.Now), TestContext.Current.CancellationToken);
        var page = await chromium.Browser.NewPageAsync().InTime();
        page.SetDefaultTimeout(120_000);
        page.Console += (_, message) => _said.Add(message.Text);
        page.PageError += (_, error) => _said.Add(error);
        page.Request += (_, request) => _asked.Add(request.Url);
        await page.GotoAsync(new Uri(file).AbsoluteUri).InTime();
        return page;
    }

    /// <summary>One for all; null where there is none.</summary>
    public sealed class Chromium : IAsyncLifetime
    {
        internal const string Path = "/usr/bin/chromium";

        private IPlaywright? _driver;

        internal IBrowser? Browser { get; private set; }

        public async ValueTask InitializeAsync()
        {
            if (!File.Exists(Path))
                return;
            _driver = await Playwright.CreateAsync().InTime();
            Browser = await _driver.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Path,
                Timeout = 120_000,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
        }

        // Nobody waits for ever for a browser that does not go: it goes with its driver.
        public async ValueTask DisposeAsync()
        {
            try
            {
                if (Browser is not null)
                    await Browser.DisposeAsync().AsTask().InTime();
            }
            finally
            {
                await Task.Run(() => _driver?.Dispose()).InTime();
            }
        }
    }
}
