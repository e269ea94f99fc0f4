using Cairn.Cli.Serving;

namespace Cairn.Cli.Tests.Serving;

public sealed class RequestHeadTests
{
    [Theory]
    [InlineData(200, "GET /token/ HTTP/1.1|Host: 127.0.0.1:8017")]
    [InlineData(200, "GET /token/ HTTP/1.1|Accept: text/html|host:localhost")]
    [InlineData(200, "GET /token HTTP/1.1|Host: LOCALHOST:1")]
    [InlineData(200, "HEAD /token/?x=/y HTTP/1.1|Host: [::1]:8017")]
    [InlineData(404, "GET /token/../etc/passwd HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(404, "GET /token/favicon.ico HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(403, "GET / HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(403, "GET /tokens/ HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(403, "GET /toke HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(403, "GET /?token HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(403, "GET //token/ HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(403, "GET /token/ HTTP/1.1|Host: evil.invalid")]
    [InlineData(403, "GET /token/ HTTP/1.1|Host: 127.0.0.1.evil.invalid")]
    [InlineData(403, "GET /token/ HTTP/1.1|Host: 127.0.0.1:80.evil.invalid")]
    [InlineData(403, "GET /token/ HTTP/1.1|Host:")]
    [InlineData(403, "GET /token/ HTTP/1.1")]
    [InlineData(403, "GET http://127.0.0.1/token/ HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(400, "GET /token/ HTTP/1.1|Host: 127.0.0.1|Host: evil.invalid")]
    [InlineData(405, "POST /token/ HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(405, "get /token/ HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(400, "GET /token/ HTTP/2|Host: 127.0.0.1")]
    [InlineData(400, "GET /token/|Host: 127.0.0.1")]
    [InlineData(400, "GET  /token/ HTTP/1.1|Host: 127.0.0.1")]
    [InlineData(400, "")]
    public void A_page_is_for_who_knows_the_token_and_asks_this_machine(int status, string head) =>
        Assert.Equal(status, RequestHead.Judge(head.Replace("|", "\r\n", StringComparison.Ordinal), "token", out _));
}
