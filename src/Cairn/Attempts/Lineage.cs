namespace Cairn.Attempts;

/// <summary>Which checkpoints belong to the run, and which a superseded attempt wrote behind its back.</summary>
/// <remarks>
/// A claim records the newest checkpoint that it sees after its file exists. What an older attempt commits from then on has
/// a later step than that and is not part of the run: two attempts would go on from different states. An attempt that died
/// before it recorded that has done nothing, and takes nothing from those before it.
/// </remarks>
internal sealed class Lineage
{
    private readonly List<Claim> claims;

    private Lineage(List<Claim> claims) => this.claims = claims;

    public static Lineage Of(IEnumerable<AttemptStory> attempts) => new([.. attempts
        .Where(attempt => attempt.Taken is not null)
        .Select(attempt => new Claim(attempt.Number, attempt.Taken!.NewestCheckpoint ?? 0))]);

    /// <summary>Adds the claim of this very attempt.</summary>
    public void Add(int attempt, long newest) => claims.Add(new Claim(attempt, newest));

    /// <summary>Whether a checkpoint that an attempt wrote counts.</summary>
    public bool Accepts(long step, int attempt)
    {
        foreach (var claim in claims)
        {
            if (claim.Attempt > attempt && step > claim.Newest)
                return false;
        }

        return true;
    }

    private sealed record Claim(int Attempt, long Newest);
}
