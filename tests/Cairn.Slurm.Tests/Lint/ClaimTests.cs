
namespace Cairn.Slurm.Tests.Lint;

/// <summary>What docs/lint.md claims of Slurm, rule by rule, on a real one: with a script that breaks the rule, and with the sound form.</summary>
[Trait("Category", "slow")]
public class ClaimTests(Clusters clusters, ClaimPlays plays) : IClassFixture<ClaimPlays>
{
    // Seventy jobs more would take minutes of every run: those whose job runs are played in the long form.
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1";

    public static TheoryData<string> Claims => [.. ClaimTable.All.Where(claim => IsLong || claim.Plays.All(RunsNothing)).Select(claim => claim.ToString())];

    private static bool RunsNothing(ClaimPlay play) => play.Deed is Deed.BeRefused or Deed.Hold or Deed.Queue;

    [Theory, MemberData(nameof(Claims))]
    public async Task On_a_real_Slurm(string name)
    {
        var (index, claim) = ClaimTable.All.Index().Single(one => one.Item.ToString() == name);
        if (claim.Plays.Select(play => play.Needs).FirstOrDefault(library => library is not null && !Machine.HasLibrary(library)) is { } missing)
            Assert.Skip($"{missing} is not installed");
        string? script = null;
        foreach (var (number, play) in claim.Plays.Index())
        {
            var cluster = await clusters.NeedAsync(play.Setup);
            var folder = await cluster.MakeFolderAsync($"claim-{index}-{number}");
            script = await new PlayedClaim(cluster, play, folder, await plays.ProgramsAsync(cluster)).PlayAsync(script);
        }
    }
}
