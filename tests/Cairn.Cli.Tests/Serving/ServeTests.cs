using System.Net;
using System.Net.Sockets;
using System.Text;
using Cairn.Attempts;
using Cairn.Cli.Serving;
using Cairn.Cli.Tests.Inspection;
using Cairn.Cli.Tests.Stories;

namespace Cairn.Cli.Tests.Serving;

/// <summary><c>cairn serve</c>, asked over real sockets and by a real Chromium.</summary>
public sealed class ServeTests(ReportBrowserTests.Chromium chromium) : IClassFixture<ReportBrowserTests.Chromium>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_shows_runs_as_they_are_now_to_who_has_the_address_and_writes_nothing()
    {
        using var folder = new MadeFolder();
        folder.Save(10).Attempt(1, null, MadeFolder.DeadProcess, new Resumed(MadeFolder.After(1), 0, null, 0, 0, [], [], null, 20));
        var before = Files(folder.Path);
        using var served = new ServedPage(folder.Path, folder.Path);
        var address = (await served.AddressAsync())!;
        Assert.Matches("^http://127\\.0\\.0\\.1:[0-9]+/[-_A-Za-z0-9]{24}/$", served.Lines[0]);
        Assert.Contains($"ssh -N -L {address.Port}:127.0.0.1:", served.Lines[1], StringComparison.Ordinal);

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        using var answer = await client.GetAsync(address, Token);
        Assert.Equal((HttpStatusCode.OK, "text/html", "no-store", "5"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType, answer.Headers.CacheControl!.ToString(), answer.Headers.GetValues("Refresh").Single()));
        Assert.Contains("One attempt, from ", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(before, Files(folder.Path));

        if (chromium.Browser is { } browser)
        {
            var page = await browser.NewPageAsync().InTime();
            page.SetDefaultTimeout((float)Patience.TotalMilliseconds);
            List<string> said = [];
            page.Console += (_, message) => said.Add(message.Text);
            await page.GotoAsync(address.AbsoluteUri).InTime();
            folder.Attempt(2, 10, MadeFolder.DeadProcess, new Resumed(MadeFolder.After(100), 10, MadeFolder.Name(10), 0, 0, [], [], null, 20));
            await page.GetByText("2 attempts").First.WaitForAsync().InTime(); // by itself
            Assert.Empty(said);
            await page.CloseAsync().InTime();
        }

        using var forbidden = await client.GetAsync(new Uri(address, "/"), Token);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        Assert.DoesNotContain("attempt", await forbidden.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.DoesNotContain("cairn:", await served.InterruptAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "There is no folder", "serve", "nowhere")]
    [InlineData(2, "Nothing in", "serve", ".")]
    [InlineData(2, "a port is a number from 1 to 65535", "serve", "--port", "70000")]
    public async Task What_cannot_be_served_is_said(int code, string words, params string[] command)
    {
        using var folder = new MadeFolder();
        var run = await folder.CairnAsync(command);
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(words, run.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        using var folder = new MadeFolder();
        folder.Save(10).Attempt(1, null, MadeFolder.DeadProcess, new Resumed(MadeFolder.After(1), 0, null, 0, 0, [], [], null, 20));
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var run = await folder.CairnAsync("serve", "--port", $"{((IPEndPoint)other.LocalEndpoint).Port}");
        Assert.Equal(69, run.ExitCode);
        Assert.Contains("choose another by --port", run.StandardError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("200 OK", "GET /secret/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")]
    [InlineData("405 Method Not Allowed", "POST /secret/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")]
    [InlineData("403 Forbidden", "GET /secret/ HTTP/1.1\r\nHost: evil.invalid\r\n\r\n")]
    [InlineData("408 Request Timeout", "GET /secret/ HTTP/1.1\r\n")]
    [InlineData("431 Request Header Fields Too Large", "")]
    [InlineData("503 Service Unavailable", "GET /secret/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", true)]
    public async Task Requests_of_any_kind_are_answered(string status, string request, bool isGone = false)
    {
        using var server = new PageServer(0, "secret", () => isGone ? throw new NotSupportedException("gone") : "<p>the page", TimeSpan.FromSeconds(2));
        var serving = new Thread(server.Serve) { IsBackground = true };
        serving.Start();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port, Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request.Length > 0 ? request : "GET /".PadRight(8 << 10, 'x')), Token);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(Token).WaitAsync(Patience, Token);
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(status == "200 OK", answer.EndsWith("\r\n\r\n<p>the page", StringComparison.Ordinal));
        server.Dispose();
        Assert.True(serving.Join(Patience));
    }

    private static List<string> Files(string folder) => [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
