using System.Globalization;

namespace Cairn.Ranks;

/// <summary>Who a rank is, as it says in its first message.</summary>
/// <param name="Token">What only the ranks of this attempt know.</param>
/// <param name="WorldSize">How many ranks there are, as this one sees it.</param>
/// <param name="Step">The job step of Slurm's, and how often the job was requeued.</param>
/// <param name="Node">The machine's name.</param>
/// <param name="Process">The process's number there.</param>
internal sealed record Greeting(string Token, int WorldSize, string Step, string Node, int Process)
{
    private const char Separator = '\n';

    /// <summary>The version of the messages; another one is refused.</summary>
    public long Version { get; init; } = 1;

    /// <summary>Who this process is.</summary>
    /// <param name="token">What only the ranks of this attempt know.</param>
    /// <param name="worldSize">How many ranks there are.</param>
    /// <param name="job">The job, as Slurm names it; null without Slurm.</param>
    /// <param name="step">Its step, or what else names this start of the ranks.</param>
    /// <param name="restarts">How often the job was requeued.</param>
    public static Greeting OfThisProcess(string token, int worldSize, string? job, string? step, int restarts) => new(
        token, worldSize, string.Create(CultureInfo.InvariantCulture, $"{job}.{step} after {restarts} restarts"), NodeName.Own, Environment.ProcessId);

    /// <summary>The first message of a rank.</summary>
    public RankMessage ToMessage(int rank) => new(RankMessageKind.Hello)
    {
        Rank = rank,
        Number = Version,
        Text = string.Join(Separator, Token, WorldSize.ToString(CultureInfo.InvariantCulture), Step, Node, Process.ToString(CultureInfo.InvariantCulture)),
    };

    /// <summary>Reads it; null where it is none.</summary>
    public static Greeting? Of(RankMessage message) =>
        message.Kind == RankMessageKind.Hello && message.Text.Split(Separator) is [var token, var size, var step, var node, var process]
        && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var worldSize)
        && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(token, worldSize, step, node, number) { Version = message.Number }
            : null;
}
