namespace Cairn.Runs;

/// <summary>A part of which each rank has a state of its own, and which can do without rank 0's. Called only where there are several ranks.</summary>
internal interface IRankPart
{
    /// <summary>Before the restore.</summary>
    void BeforeRestore(RankSeeds seeds);

    /// <summary>After it, when rank 0 has begun.</summary>
    /// <param name="seeds">The same.</param>
    /// <param name="step">Completed steps.</param>
    /// <returns>What a person should be told; none for nothing.</returns>
    IEnumerable<string> AfterRestore(RankSeeds seeds, long step);
}
