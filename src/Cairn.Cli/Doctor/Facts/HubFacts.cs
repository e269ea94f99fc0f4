namespace Cairn.Cli.Doctor.Facts;

/// <summary>Which nodes of the allocation reach this one: what the hub of several ranks is to be to all of them.</summary>
/// <param name="Hosts">The names and addresses of this one, in the order in which ranks try them.</param>
/// <param name="Nodes">The nodes.</param>
/// <param name="Tries">What they tried; a node that did not answer has none.</param>
/// <param name="Problem">Why srun did not try it out on all of them; null where it did.</param>
internal sealed record HubFacts(IReadOnlyList<string> Hosts, IReadOnlyList<string> Nodes, IReadOnlyList<HubTry> Tries, string? Problem);

/// <summary>One node tried one host.</summary>
/// <param name="Node">The node, by Slurm's name.</param>
/// <param name="Host">The name or address.</param>
/// <param name="Problem">Why it was not reached; null where it was.</param>
internal sealed record HubTry(string Node, string Host, string? Problem)
{
    private const string Mark = "cairn-hub";
    private const string Reached = "reached";

    /// <summary>Reads the lines among what else a task may print.</summary>
    public static IReadOnlyList<HubTry> Parse(string output) =>
    [
        .. from line in output.Split('\n')
           let words = line.TrimEnd().Split(' ', 4)
           where words.Length == 4 && words[0] == Mark
           select new HubTry(words[1], words[2], words[3] == Reached ? null : words[3]),
    ];

    /// <summary>A line.</summary>
    public override string ToString() => $"{Mark} {Node} {Host} {Problem?.ReplaceLineEndings(" ") ?? Reached}";
}
