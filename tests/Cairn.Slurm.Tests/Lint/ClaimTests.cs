namespace Cairn.Slurm.Tests.Lint;

/// <summary>What docs/lint.md claims of Slurm, rule by rule, on a real one: with a script that breaks the rule, and with the sound form.</summary>
[Trait("Category", "slow")]
public class ClaimTests(Clusters clusters, ClaimPlays plays) : IClassFixture<ClaimPlays>
{
    public static TheoryData<string> Claims => [.. ClaimTable.All.Select(claim => claim.ToString())];

    [Theory, MemberData(nameof(Claims))]
    public async Task On_a_real_Slurm(string name)
    {
        var (index, claim) = ClaimTable.All.Index().Single(one => one.Item.ToString() == name);
        using var room = claim.TakesItsTime ? null : await plays.EnterAsync();
        string? script = null;
        foreach (var (number, play) in claim.Plays.Index())
        {
            var cluster = await clusters.NeedAsync(play.Setup);
            var folder = await cluster.MakeFolderAsync($"claim-{index}-{number}");
            script = await new PlayedClaim(cluster, play, folder, await plays.ProgramsAsync(cluster)).PlayAsync(script);
        }
    }
}
