using System.Security.Cryptography;
using System.Text;

namespace Cairn.Cli.Serving;

/// <summary>The head of a request (HTTP/1.1, RFC 9112), as far as it matters where there is one page: a pure judgement.</summary>
internal static class RequestHead
{
    /// <summary>The end of one.</summary>
    public static ReadOnlySpan<byte> End => "\r\n\r\n"u8;

    /// <summary>The status that it is answered with: 200, or why not.</summary>
    /// <param name="head">Without its end.</param>
    /// <param name="token">The first part of the path that this is for.</param>
    /// <param name="wantsBody">Whether the page itself is wanted (GET), or what stands before it (HEAD).</param>
    public static int Judge(string head, string token, out bool wantsBody)
    {
        wantsBody = true;
        var lines = head.Split("\r\n");
        var words = lines[0].Split(' ');
        if (words.Length != 3 || !words[2].StartsWith("HTTP/1.", StringComparison.Ordinal))
            return 400;
        string? host = null;
        for (var i = 1; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("host:", StringComparison.OrdinalIgnoreCase))
                continue;
            if (host is not null)
                return 400;
            host = lines[i]["host:".Length..].Trim();
        }

        // A page of somebody else's that has its name lead to this machine would be asked for here with that name.
        if (!IsThisMachine(host))
            return 403;
        if (words[0] is not ("GET" or "HEAD"))
            return 405;
        wantsBody = words[0] == "GET";
        var parts = words[1].Split('?')[0].Split('/', 3);
        var named = parts.Length > 1 && parts[0].Length == 0 ? parts[1] : "";
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(named), Encoding.UTF8.GetBytes(token)))
            return 403;
        return parts.Length == 2 || parts[2].Length == 0 ? 200 : 404;
    }

    // With any port: a tunnel's other end may have another one.
    private static bool IsThisMachine(string? host)
    {
        if (host is null)
            return false;
        var colon = host.LastIndexOf(':');
        var name = colon >= 0 && host.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? host[..colon] : host;
        return name is "127.0.0.1" or "[::1]" || name.Equals("localhost", StringComparison.OrdinalIgnoreCase);
    }
}
