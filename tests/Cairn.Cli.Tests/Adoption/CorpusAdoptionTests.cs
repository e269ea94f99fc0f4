using Cairn.Cli.Adoption;
using Cairn.Cli.Lint;
using Cairn.Cli.Tests.Lint;

namespace Cairn.Cli.Tests.Adoption;

/// <summary>Every script of lint's corpus, the unsound ones above all, which have whatever a script can have.</summary>
public sealed class CorpusAdoptionTests
{
    public static TheoryData<string> All => [.. Corpus.Names("sound"), .. Corpus.Names("unsound")];

    [Theory]
    [MemberData(nameof(All))]
    public void Is_converted_to_a_script_that_bash_and_lint_take_or_refused_with_its_reason(string name)
    {
        var text = File.ReadAllText(Corpus.At(name));
        var adopted = Adopter.Adopt(name, text, Corpus.Around, BashSyntax.Takes);
        if (adopted.Refusal is { } refusal)
        {
            Assert.Equal(text, adopted.Draft.Text);
            Assert.False(adopted.IsChanged);
            Assert.InRange(refusal.Line ?? 1, 1, adopted.Draft.Before.Lines.Count);
            Assert.NotEmpty(refusal.Text);
            return;
        }

        var (before, after) = (adopted.Draft.Before, Corpus.Parse(name, adopted.Draft.Text));
        Assert.True(BashSyntax.Takes(adopted.Draft.Text), adopted.Draft.Text);
        Assert.True(after.IsUnderstood);
        Assert.Empty(after.Refused);

        // What was there before, the warnings too; and nothing new but that a program behind a launcher must ask.
        var known = Linter.Check(before).Select(finding => finding.Rule.Id).Append("CAIRN025").ToHashSet(StringComparer.Ordinal);
        Assert.All(Linter.Check(after).Where(finding => finding.Level >= Level.Warning), finding => Assert.Contains(finding.Rule.Id, known));

        // The kept lines are those of before, in their order; of the new ones each has to do with the job's stop.
        var kept = adopted.Draft.Origins.OfType<int>().ToArray();
        Assert.Equal(kept.Order(), kept);
        Assert.All(adopted.Draft.Origins.Index().Where(line => line.Item is not null), line => Assert.Equal(before.Lines[line.Item!.Value], after.Lines[line.Index]));
        if (adopted.IsChanged)
        {
            Assert.All(
                adopted.Draft.Origins.Index().Where(line => line.Item is null).Select(line => after.Lines[line.Index]),
                line => Assert.True(line.Contains("cairn run", StringComparison.Ordinal) || line.Contains(">>", StringComparison.Ordinal) || line.Contains("tee -a", StringComparison.Ordinal) || (line.StartsWith("#SBATCH", StringComparison.Ordinal) && (line.Contains("--requeue", StringComparison.Ordinal) || line.Contains("--open-mode=append", StringComparison.Ordinal) || line.Contains("--signal", StringComparison.Ordinal))), line));
        }

        var again = Adopter.Adopt(name, adopted.Draft.Text, Corpus.Around, BashSyntax.Takes);
        Assert.Null(again.Refusal);
        Assert.Equal(adopted.Draft.Text, again.Draft.Text);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Is_refused_or_converted_wherever_it_is_cut_off(string name)
    {
        var text = File.ReadAllText(Corpus.At(name));
        for (var length = 0; length < text.Length; length += 7)
        {
            var adopted = Adopter.Adopt(name, text[..length], Corpus.Around);
            if (!adopted.IsChanged)
                continue;
            Assert.Equal(adopted.Draft.Text, Adopter.Adopt(name, adopted.Draft.Text, Corpus.Around).Draft.Text);
            Assert.NotEmpty(UnifiedDiff.Of(adopted.Draft, name));
        }
    }

    [Fact]
    public void Most_scripts_are_converted()
    {
        var adopted = Corpus.Names("sound").Concat(Corpus.Names("unsound")).Select(name => Adopter.Adopt(name, File.ReadAllText(Corpus.At(name)), Corpus.Around)).ToArray();
        Assert.True(adopted.Count(one => one.IsChanged) > adopted.Length / 3, $"{adopted.Count(one => one.IsChanged)} of {adopted.Length}");
    }
}
