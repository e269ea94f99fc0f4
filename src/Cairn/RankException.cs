namespace Cairn;

/// <summary>Ranks that should act together do not: some did not come, or are gone. The message names them.</summary>
public sealed class RankException : CairnException
{
    internal RankException(string problem, IReadOnlyList<int> missing)
        : base(problem, ExitCodes.RequeueFailed) => Missing = missing;

    /// <summary>The ranks that did not come; of one that was refused, its own number.</summary>
    public IReadOnlyList<int> Missing { get; }
}
