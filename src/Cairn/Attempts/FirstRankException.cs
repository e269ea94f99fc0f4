namespace Cairn;

/// <summary>Another rank waits for rank 0 in vain.</summary>
public sealed class FirstRankException : CairnException
{
    internal FirstRankException(string problem)
        : base(problem, ExitCodes.NeverRequeue)
    {
    }
}
