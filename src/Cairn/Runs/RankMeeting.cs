using System.Net.Sockets;
using Cairn.Posix;
using Cairn.Ranks;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>Where the ranks of a run find each other: rank 0 listens before it claims the folder, and its claim, or a variable, tells the others where.</summary>
internal static class RankMeeting
{
    private const int OwnFiles = 100; // the program's: checkpoints, data, libraries

    /// <summary>For rank 0, before it claims: listens.</summary>
    /// <returns>The hub; null where there is nobody to listen to.</returns>
    /// <exception cref="RankException">It cannot listen, and the ranks must act together.</exception>
    public static HubServer? Listen(RankPlace place, SlurmJob? job, TrainingRunOptions options, ILogger log)
    {
        if (place.WorldSize == 1 || options.Ranks == RankMode.FirstOnly)
            return null;
        var given = Given();
        try
        {
            if (OpenFiles.Most is { } most && most < place.WorldSize + OwnFiles)
                return Cannot($"there are {place.WorldSize} ranks, and this process may have no more than {most} files and sockets open, {OwnFiles} of them for all else: raise the limit before they are started, with ulimit -n {place.WorldSize + OwnFiles} in the batch script, or have it raised where ulimit -Hn says less");
            return new HubServer(
                GreetingOf(place, job, given?.Token ?? ControlAddress.NewToken()),
                given?.IsLoopback ?? place.IsOneMachine(Environment.GetEnvironmentVariable),
                given?.Port ?? ControlAddress.ReservedPort(Environment.GetEnvironmentVariable),
                isPortFixed: given is not null,
                options.Time,
                log);
        }
        catch (SocketException error)
        {
            return Cannot(given is null ? error.Message : $"at port {given.Port}, which {ControlAddress.Variable} names: {error.Message}");
        }

        HubServer? Cannot(string problem)
        {
            if (options.Ranks == RankMode.Required)
                throw new RankException($"the other ranks cannot be listened to: {problem}", []);
            log.LogWarning(LogEvents.RanksApart, "the other ranks cannot be listened to ({Problem}): they go by this one's journal, and stop each at the step at which it is by then", problem);
            return null;
        }
    }

    /// <summary>Comes in: for rank 0 to its own hub, for the others to the one that its claim names.</summary>
    /// <param name="hub">The hub, where it is in this process.</param>
    /// <param name="claimed">What rank 0's claim says of it; null when it has none.</param>
    /// <param name="isSameMachine">Whether rank 0 is on this machine.</param>
    /// <param name="place">Which rank this is.</param>
    /// <param name="job">The job; null without Slurm.</param>
    /// <param name="options">The user's options.</param>
    /// <param name="log">For a person.</param>
    /// <returns>The ranks; null where they do not act together.</returns>
    /// <exception cref="RankException">The hub is not reached or refuses, and the ranks must act together.</exception>
    public static RunRanks? Join(HubServer? hub, string? claimed, bool isSameMachine, RankPlace place, SlurmJob? job, TrainingRunOptions options, ILogger log)
    {
        if (place.WorldSize == 1 || options.Ranks == RankMode.FirstOnly)
            return null;
        var address = hub?.Address ?? Given() ?? ControlAddress.Parse(claimed);
        if (address is null)
            return hub is null && place.Rank == 0 ? null : Apart("rank 0 does not listen: see its log");
        if (hub is not null || isSameMachine)
            address = address with { Hosts = ["127.0.0.1", .. address.Hosts.Where(host => host != "127.0.0.1")] };
        return RankGroup.Connect(hub, address, GreetingOf(place, job, address.Token), place.Rank, options.RankPatience, options.Time, out var problem) is { } connected
            ? new RunRanks(connected, options, log)
            : Apart($"rank 0 is not reached: {problem}");

        RunRanks? Apart(string why)
        {
            hub?.Dispose();
            if (options.Ranks == RankMode.Required)
                throw new RankException(why, [0]);
            log.LogWarning(LogEvents.RanksApart, "rank {Rank} goes by rank 0's journal, and stops at the step at which it is by then: {Why}", place.Rank, why);
            return null;
        }
    }

    // What somebody has set on purpose is not passed over.
    private static ControlAddress? Given() => Environment.GetEnvironmentVariable(ControlAddress.Variable) is not { Length: > 0 } text ? null
        : ControlAddress.Parse(text) ?? throw new RankException($"{ControlAddress.Variable} is '{text}', and should be HOST[,HOST...]:PORT:TOKEN: mend or unset it", []);

    private static Greeting GreetingOf(RankPlace place, SlurmJob? job, string token) => Greeting.OfThisProcess(token, place.WorldSize, job?.Id, place.Launch, job?.Restarts ?? 0);
}
