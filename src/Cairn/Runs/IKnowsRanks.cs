namespace Cairn.Runs;

/// <summary>A part that has something to do around a restore where there are several ranks, and that can do without a saved state of each rank. Called only there.</summary>
internal interface IKnowsRanks
{
    /// <summary>Before the restore.</summary>
    void BeforeRestore(RankSeeds seeds);

    /// <summary>After it, when rank 0 has begun.</summary>
    /// <param name="seeds">The same.</param>
    /// <param name="step">Completed steps.</param>
    /// <returns>What a person should be told; none for nothing.</returns>
    IEnumerable<string> AfterRestore(RankSeeds seeds, long step);
}
