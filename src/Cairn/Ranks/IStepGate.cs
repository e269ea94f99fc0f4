namespace Cairn.Ranks;

/// <summary>The step boundaries of what a member of a hub trains, as its control thread sees them.</summary>
internal interface IStepGate
{
    /// <summary>Nobody passes another boundary from now on.</summary>
    /// <returns>The boundary that was passed last; the furthest, where there are several that train.</returns>
    long Hold();

    /// <summary>All have agreed.</summary>
    void Act(RankMessage order);

    /// <summary>There is nobody to agree with any more: nothing holds from now on.</summary>
    void Open();
}
