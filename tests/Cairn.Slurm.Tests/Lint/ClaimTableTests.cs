using System.Text.RegularExpressions;

namespace Cairn.Slurm.Tests.Lint;

/// <summary>No rule without its claim.</summary>
public partial class ClaimTableTests
{
    // Why no row can show what these rules say.
    private static readonly IReadOnlyDictionary<string, string> WithoutClaim = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["CAIRN050"] = "the nodes of the test cluster share one machine's disks",
        ["CAIRN090"] = "it is about comments that Slurm does not read",
    };

    [Fact]
    public void Every_rule_of_the_docs_has_a_claim_that_is_run_or_a_reason_why_not()
    {
        var rules = Heading().Matches(File.ReadAllText(Path.Combine(Clusters.Repository, "docs/lint.md"))).Select(match => match.Groups["rule"].Value).ToArray();
        Assert.NotEmpty(rules);
        Assert.Equal(rules, ClaimTable.All.Select(claim => claim.Rule).Concat(WithoutClaim.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_rule_without_a_claim_has_none() => Assert.DoesNotContain(ClaimTable.All, claim => WithoutClaim.ContainsKey(claim.Rule));

    [Fact]
    public void Each_rule_is_found_in_a_script_that_is_run()
    {
        foreach (var claims in ClaimTable.All.GroupBy(claim => claim.Rule, StringComparer.Ordinal))
            Assert.Contains(claims, claim => claim.Plays[0].Finds.Contains(claims.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Names_are_given_once() => Assert.Equal(ClaimTable.All.Count, ClaimTable.All.Select(claim => claim.ToString()).Distinct(StringComparer.Ordinal).Count());

    [GeneratedRegex("^### (?<rule>CAIRN[0-9]{3})", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();
}
