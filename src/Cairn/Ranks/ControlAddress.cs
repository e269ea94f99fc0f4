using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Cairn.Ranks;

/// <summary>
/// Where the hub listens, and what is to be said to it: <c>HOST[,HOST...]:PORT:TOKEN</c>, hosts tried in their order. It stands in rank 0's claim,
/// and <c>CAIRN_CONTROL</c> overrides that.
/// </summary>
internal sealed record ControlAddress(IReadOnlyList<string> Hosts, int Port, string Token)
{
    /// <summary>The variable.</summary>
    public const string Variable = "CAIRN_CONTROL";

    /// <summary>A token that nobody guesses: 32 hexadecimal digits.</summary>
    public static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Whether it is for this machine alone.</summary>
    public bool IsLoopback => Hosts.All(host => host is "localhost" or "127.0.0.1");

    /// <summary>Reads it; null where it is none.</summary>
    public static ControlAddress? Parse(string? text)
    {
        if (text?.LastIndexOf(':') is not { } last || last <= 0 || text.LastIndexOf(':', last - 1) is not (var before and > 0))
            return null;
        if (!int.TryParse(text.AsSpan(before + 1, last - before - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > ushort.MaxValue)
            return null;
        var (hosts, token) = (text[..before].Split(',', StringSplitOptions.RemoveEmptyEntries), text[(last + 1)..]);
        return hosts.Length == 0 || token.Length == 0 ? null : new(hosts, port, token);
    }

    /// <summary>By which names and addresses another machine may reach this one: its name first.</summary>
    public static IReadOnlyList<string> HostsOfThisMachine()
    {
        var hosts = new List<string> { Environment.MachineName };
        try
        {
            foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
            {
                foreach (var address in network.GetIPProperties().UnicastAddresses.Select(one => one.Address))
                {
                    if (!IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal)
                        hosts.Add(address.ToString());
                }
            }
        }
        catch (NetworkInformationException)
        {
            // Its name must do.
        }

        return hosts;
    }

    /// <summary>The first port that Slurm has reserved for the step; 0, for any, where it has none.</summary>
    public static int ReservedPort(Func<string, string?> variable) =>
        variable("SLURM_STEP_RESV_PORTS") is { } ports
        && int.TryParse(ports.AsSpan(0, ports.AsSpan().IndexOfAny('-', ',') is var end and >= 0 ? end : ports.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var first)
        && first is > 0 and <= ushort.MaxValue ? first : 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{string.Join(',', Hosts)}:{Port}:{Token}");
}
