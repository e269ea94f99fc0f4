using System.Text.RegularExpressions;
using Cairn.Cli.Lint;
using Cairn.Cli.Lint.Reports;

namespace Cairn.Cli.Tests.Lint;

public sealed partial class LintRulesTests
{
    [Fact]
    public void Numbers_are_ascending_and_given_once()
    {
        var ids = LintRules.All.Select(rule => rule.Id).ToArray();
        Assert.Equal(ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), ids);
        Assert.All(ids, id => Assert.Matches("^CAIRN[0-9]{3}$", id));
    }

    [Fact]
    public void Every_rule_has_its_page_with_its_level_and_title_and_no_page_is_left_over()
    {
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Lint", "lint.md"));
        var headings = Heading().Matches(page).Select(match => match.Value);
        Assert.Equal(LintRules.All.Select(rule => $"### {rule.Id} · {LintTable.Name(rule.Level)} · {rule.Title}"), headings);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("slurm.md")]
    [InlineData("run.md")]
    public void The_batch_scripts_in_the_docs_are_sound(string document)
    {
        var blocks = Block().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Lint", document)))
            .Select(match => match.Groups["script"].Value).Where(script => script.Contains("#SBATCH", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(blocks);
        // Most are shown without their first lines.
        Assert.All(blocks, block => Assert.Empty(Corpus.Findings(Corpus.Parse(
            document, block.StartsWith("#!", StringComparison.Ordinal) ? block : "#!/bin/bash\n#SBATCH --time=12:00:00\n" + block))));
    }

    [Theory]
    [InlineData("PartitionName=a AllowGroups=ALL Default=YES MaxTime=1-12:00:00 MaxNodes=UNLIMITED\nPartitionName=b Default=NO MaxTime=UNLIMITED", "a True 1.12:00:00", "b False ")]
    [InlineData("No partitions in the system\n")]
    [InlineData("")]
    [InlineData("PartitionName=c", "c False ")]
    public void Partitions_are_read_from_the_answer_of_scontrol(string answer, params string[] partitions) =>
        Assert.Equal(partitions, Cluster.ParsePartitions(answer).Select(partition => $"{partition.Name} {partition.IsDefault} {partition.MaxTime}"));

    [Theory]
    [InlineData("Configuration data as of now\nKillOnBadExit           = 1\nMpiDefault              = pmix\nWaitTime                = 30 sec\n", "True pmix 30")]
    [InlineData("KillOnBadExit = 0\nMpiDefault = none\nWaitTime = 0 sec\n", "False none 0")]
    [InlineData("MpiDefault =\nWaitTime = soon\n", "  ")]
    [InlineData("", "  ")]
    public void What_the_cluster_does_with_steps_is_read_from_the_answer_of_scontrol(string answer, string steps)
    {
        var read = StepDefaults.Parse(answer);
        Assert.Equal(steps, $"{read.EndsAtBadExit} {read.MpiType} {read.Wait?.TotalSeconds}");
    }

    // The program imports mpi4py; a setting that is left out is not known.
    [Theory]
    [InlineData("", "srun", "CAIRN055 Note", "CAIRN056 Note")]
    [InlineData("KillOnBadExit=0", "srun", "CAIRN055 Warning", "CAIRN056 Note")]
    [InlineData("KillOnBadExit=1 MpiDefault=pmix", "srun")]
    [InlineData("KillOnBadExit=1 MpiDefault=none", "srun", "CAIRN056 Warning")]
    [InlineData("KillOnBadExit=1 MpiDefault=none", "srun --mpi pmi2")]
    [InlineData("KillOnBadExit=0 MpiDefault=pmix", "srun -K0")] // it was chosen
    [InlineData("KillOnBadExit=0 MpiDefault=pmix", "srun --kill-on")]
    [InlineData("KillOnBadExit=1 MpiDefault=pmix WaitTime=30", "srun", "CAIRN057 Note")]
    [InlineData("KillOnBadExit=1 MpiDefault=pmix WaitTime=30", "srun --wait=0")]
    [InlineData("KillOnBadExit=1 MpiDefault=pmix", "srun -W5", "CAIRN057 Note")]
    [InlineData("KillOnBadExit=1 MpiDefault=pmix", "srun --wait=$PATIENCE")]
    [InlineData("KillOnBadExit=1 MpiDefault=pmix", "srun -n1 --wait=5")]
    public void What_a_step_is_not_told_the_cluster_decides(string settings, string srun, params string[] findings)
    {
        var around = Corpus.Around with { Steps = StepDefaults.Parse(settings.Replace(' ', '\n')) };
        var script = LintedScript.Parse("job.sh", $"#!/bin/bash\n#SBATCH --time=12:00:00 --ntasks=8 --requeue --open-mode=append\n{srun} python programs/world.py --resume\n", around);
        Assert.Equal(findings, Linter.Check(script).Select(finding => $"{finding.Rule.Id} {finding.Level}"));
    }

    [Theory]
    [InlineData(29, null)]
    [InlineData(30, null)]
    [InlineData(31, Level.Warning)]
    public void A_clock_that_leaves_time_for_a_step_and_a_save_does_no_harm(int seconds, object? level)
    {
        var around = Corpus.Around with { StepAndSave = (TimeSpan.FromSeconds(seconds), "said") };
        var script = LintedScript.Parse("job.sh", "#!/bin/bash\n#SBATCH --time=12:00:00 --ntasks=8 --requeue --open-mode=append\nsrun --wait=30 ./fit --resume\n", around);
        Assert.Equal((Level?)level, Linter.Check(script).SingleOrDefault()?.Level);
    }

    [Theory]
    [InlineData("# cairn: ignore CAIRN030 because x\n#SBATCH --signal=USR2@10", true)]
    [InlineData("#SBATCH --signal=USR2@10 # cairn: ignore CAIRN030, CAIRN042 because x", true)]
    [InlineData("#SBATCH --mem=1G # cairn: ignore CAIRN030 because x\n#SBATCH --signal=USR2@10", false)]
    [InlineData("# cairn: ignore CAIRN031 because x\n#SBATCH --signal=USR2@10", false)]
    [InlineData("#SBATCH --signal=USR2@10", false)]
    public void A_comment_silences_a_rule_in_its_line_or_in_the_script(string directives, bool silent)
    {
        var script = Corpus.Parse("job.sh", $"#!/bin/bash\n#SBATCH --time=10:00:00 --requeue --open-mode=append\n{directives}\nsrun ./train\n");
        Assert.Equal(!silent, Linter.Check(script).Any(finding => finding.Rule.Id == "CAIRN030"));
    }

    [Theory]
    [InlineData("3", 120, true)] // up to a minute early: in the first second
    [InlineData("3", 119, false)]
    public void A_warning_in_the_first_second_comes_at_the_start(string time, int lead, bool atStart)
    {
        var script = Corpus.Parse("job.sh", $"#!/bin/bash\n#SBATCH --time={time} --requeue --open-mode=append\n#SBATCH --signal=USR2@{lead}\nsrun ./train\n");
        Assert.Equal(atStart, Linter.Check(script).Any(finding => finding.Rule.Id == "CAIRN031"));
    }

    [Theory]
    [InlineData("4", true)]
    [InlineData("3:59", false)] // with two minutes before the warning, and it may come a minute early
    public void A_short_lead_is_mended_where_there_is_time_for_a_longer_one(string time, bool mended)
    {
        var script = Corpus.Parse("job.sh", $"#!/bin/bash\n#SBATCH --time={time} --requeue --open-mode=append\n#SBATCH --signal=USR2@30\nsrun ./train\n");
        Assert.Equal(mended, Linter.Check(script).Single(finding => finding.Rule.Id == "CAIRN030").Flaw.Fix.Count > 0);
    }

    [GeneratedRegex("```bash\n(?<script>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();

    [GeneratedRegex("^### CAIRN.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Heading();
}
