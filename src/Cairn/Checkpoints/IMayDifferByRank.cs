namespace Cairn.Checkpoints;

/// <summary>A part that may hold another state on every rank, of which rank 0's alone is saved.</summary>
internal interface IMayDifferByRank;
