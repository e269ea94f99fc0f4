using Cairn.Cli.Lint;
using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Lint;

/// <summary>After a mend the script is the same but for the mend, or the mend is not made.</summary>
public sealed class FixerTests : IDisposable
{
    private const string Mendable = "#!/bin/bash\n#SBATCH --time=10:00:00 --requeue --open-mode=append\n#SBATCH --signal=USR1@120\npython fit.py --resume\n";

    private readonly Sandbox _sandbox = new();

    [Fact]
    public void What_bash_would_not_take_any_more_is_left_and_named()
    {
        var (text, mended, left) = Fixer.Mend("job.sh", Mendable, Corpus.Around, text => text == Mendable);
        Assert.Equal(Mendable, text);
        Assert.Empty(mended);
        Assert.Equal(["CAIRN020"], left.Select(finding => finding.Rule.Id));
    }

    [Fact]
    public void What_bash_did_not_take_before_is_no_reason_to_leave_it()
    {
        var (text, mended, _) = Fixer.Mend("job.sh", Mendable, Corpus.Around, _ => false);
        Assert.Contains("srun python fit.py", text, StringComparison.Ordinal);
        Assert.Single(mended);
    }

    [Theory]
    // The mended line alone.
    [InlineData("#!/bin/bash\n#SBATCH --time=1\n./a\n./b\n", "#!/bin/bash\n#SBATCH --time=1\nsrun ./a\n./b\n", 3, true)]
    // A directive out of a quoted text, which closes elsewhere then.
    [InlineData("#!/bin/bash\nx=\"a\n#SBATCH --time=1\"\n./b\n", "#!/bin/bash\n#SBATCH --time=1\"\nx=\"a\n./b\n", 3, false)]
    // Another command is gone.
    [InlineData("#!/bin/bash\n./a\n./b\n", "#!/bin/bash\nsrun ./a # ./b\n", 2, false)]
    // Another directive counts.
    [InlineData("#!/bin/bash\n#SBATCH --mem=1G\nset -e\n#SBATCH -n 2\n./a\n", "#!/bin/bash\n#SBATCH --mem=1G\n# set -e\n#SBATCH -n 2\n./a\n", 3, false)]
    // What was understood is not any more.
    [InlineData("#!/bin/bash\n./a\n", "#!/bin/bash\nsrun ./a (\n", 2, false)]
    public void More_than_the_mend_is_seen(string before, string after, int line, bool same) =>
        Assert.Equal(same, MendedScript.IsTheSame(Corpus.Parse("job.sh", before), Corpus.Parse("job.sh", after), [new(line)], new HashSet<int> { line }));

    [Theory]
    [InlineData("#!/bin/bash\nif true; then echo; fi\n", true)]
    [InlineData("#!/bin/bash\nif true; then echo\n", false)]
    [InlineData("#!/bin/bash\necho \"open\n", false)]
    public void Bash_is_asked_and_runs_nothing(string text, bool takes)
    {
        var made = _sandbox.At("made");
        Assert.Equal(takes, BashSyntax.Takes($"{text}touch '{made}'\n"));
        Assert.False(File.Exists(made));
    }

    [Theory]
    [InlineData("python trian.py", "6 CAIRN081")]
    [InlineData("srun python trian.py", "6 CAIRN081")]
    [InlineData("python fit.py", null)]
    [InlineData("python elsewhere.py", null)]
    [InlineData("cd other\npython trian.py", null)]
    public void A_program_that_lies_there_by_nearly_this_name_is_told_of(string commands, string? finding)
    {
        File.WriteAllText(_sandbox.At("train.py"), "checkpoint");
        File.WriteAllText(_sandbox.At("fit.py"), "checkpoint");
        var path = _sandbox.At("job.sh");
        var script = LintedScript.Parse(path, $"#!/bin/bash\n#SBATCH --time=30\n\n\n\n{commands}\n", SurroundingsReader.Of(path, Cluster.None, null));
        Assert.Equal(finding is null ? [] : [finding], Corpus.Findings(script).Where(found => found.EndsWith("CAIRN081", StringComparison.Ordinal)));
    }

    public void Dispose() => _sandbox.Dispose();
}
