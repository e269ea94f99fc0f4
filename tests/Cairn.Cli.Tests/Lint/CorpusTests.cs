using Cairn.Cli.Lint;

namespace Cairn.Cli.Tests.Lint;

public sealed class CorpusTests
{
    public static TheoryData<string> Sound => [.. Corpus.Names("sound")];

    public static TheoryData<string> Unsound => [.. Corpus.Names("unsound")];

    public static TheoryData<string> All => [.. Corpus.Names("sound"), .. Corpus.Names("unsound")];

    [Theory]
    [MemberData(nameof(Sound))]
    public void A_sound_script_gets_no_finding(string name) => Assert.Empty(Corpus.Findings(Corpus.Read(name)));

    [Theory]
    [MemberData(nameof(Unsound))]
    public void An_unsound_script_gets_the_findings_that_stand_beside_it(string name)
    {
        var expected = File.ReadAllLines(Path.ChangeExtension(Corpus.At(name), "expected"));
        Assert.Equal(expected, Corpus.Findings(Corpus.Read(name)));
    }

    [Theory]
    [MemberData(nameof(Unsound))]
    public void What_is_safe_to_mend_is_mended_as_it_stands_beside_it(string name)
    {
        var text = File.ReadAllText(Corpus.At(name));
        var fixedPath = Path.ChangeExtension(Corpus.At(name), "fixed");
        var (mended, findings, _) = Fixer.Mend(name, text, Corpus.Around);
        Assert.Equal(File.Exists(fixedPath) ? File.ReadAllText(fixedPath) : text, mended);
        Assert.Equal(mended != text, findings.Count > 0);
        Assert.Equal((mended, 0), (Fixer.Mend(name, mended, Corpus.Around).Text, Fixer.Mend(name, mended, Corpus.Around).Mended.Count));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_script_of_the_corpus_is_understood(string name)
    {
        var script = Corpus.Read(name);
        // No shell, or nothing that a shell would get as it is.
        Assert.Equal(name is not ("sound/python-script.sh" or "sound/csh-script.sh" or "sound/directive-below-in-python.sh" or "unsound/dos.sh") && !name.StartsWith("sound/tags-", StringComparison.Ordinal), script.IsUnderstood);
    }

    [Fact]
    public void Every_rule_is_broken_by_a_script_of_the_corpus()
    {
        var broken = Corpus.Names("unsound").SelectMany(name => Linter.Check(Corpus.Read(name))).Select(finding => finding.Rule.Id).ToHashSet(StringComparer.Ordinal);
        Assert.Equal([], LintRules.All.Select(rule => rule.Id).Where(id => !broken.Contains(id)));
    }

    [Fact]
    public void There_are_hundreds_of_scripts() => Assert.True(Corpus.Names("sound").Concat(Corpus.Names("unsound")).Count() >= 370);

    [Theory]
    [MemberData(nameof(All))]
    public void A_script_that_is_cut_off_anywhere_is_linted_and_mended(string name)
    {
        var text = File.ReadAllText(Corpus.At(name));
        for (var length = 0; length < text.Length; length++)
        {
            var cut = Corpus.Parse(name, text[..length]);
            Assert.All(Linter.Check(cut), finding => Assert.InRange(finding.Flaw.Line, 1, cut.Lines.Count));
            if (length % 10 == 0)
                Assert.Empty(Fixer.Mend(name, Fixer.Mend(name, text[..length], Corpus.Around).Text, Corpus.Around).Mended);
        }
    }

    [Fact]
    public void A_fix_never_makes_a_new_warning()
    {
        foreach (var name in Corpus.Names("unsound"))
        {
            var before = Linter.Check(Corpus.Read(name)).Select(finding => finding.Rule.Id).ToHashSet(StringComparer.Ordinal);
            // What was hidden by DOS line breaks, or stood where sbatch did not read it, comes to light.
            if (before.Contains("CAIRN002") || before.Contains("CAIRN003") || before.Contains("CAIRN004"))
                continue;
            var after = Linter.Check(Corpus.Parse(name, Fixer.Mend(name, File.ReadAllText(Corpus.At(name)), Corpus.Around).Text));
            Assert.All(after.Where(finding => finding.Level >= Level.Warning), finding => Assert.Contains(finding.Rule.Id, before));
        }
    }
}
