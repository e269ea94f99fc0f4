using Cairn.Ranks;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>What <see cref="HubProbe"/> has srun start on each node: it connects to all of the hub's hosts at once, and prints what came of it.</summary>
internal static class HubCall
{
    /// <summary>The hidden command; behind it HOST[,HOST...]:PORT:TOKEN</summary>
    public const string Verb = "__reach";

    /// <summary>So long a host has to answer, its name to be found included.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public static int Run(ControlAddress hub, TextWriter output)
    {
        var node = NodeName.Own;
        var calls = hub.Hosts.Select(host => (Host: host, Answer: OnThreadOfItsOwn(() => Call(hub, host, node)))).ToArray();
        var began = TimeProvider.System.GetTimestamp();
        foreach (var (host, answer) in calls)
        {
            // A name server that is silent, or packets that are dropped, hold a call up for minutes.
            var left = Limit - TimeProvider.System.GetElapsedTime(began);
            var problem = answer.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero) ? answer.Result : $"no answer within {Limit.TotalSeconds:0} s";
            output.WriteLine(new HubTry(node, host, problem));
        }

        output.Flush();
        return ExitCodes.Success;
    }

    private static Task<string?> OnThreadOfItsOwn(Func<string?> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // As a rank comes in: each node and host the only one of a step of its own.
    private static string? Call(ControlAddress hub, string host, string node)
    {
        var isSlow = false;
        using var connection = HubConnection.OpenOnce(
            host, hub.Port, new(hub.Token, WorldSize: 1, $"{node} {host}", node, Environment.ProcessId), rank: 0, new StepGate(), TimeProvider.System, out var why, ref isSlow);
        return connection is null ? why : null;
    }
}
