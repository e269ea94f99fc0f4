using System.Text;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.LocalScheduler;

namespace Cairn.Cli.Tests.BatchScripts;

public sealed class BatchScriptTests
{
    private static BatchScript Parse(string text) => BatchScript.Parse("job.sh", Encoding.UTF8.GetBytes(text));

    private static string[] Options(string text) =>
        [.. Parse(text).Directives.Select(directive => $"{directive.Line} {directive.Option.Name}={directive.Value}")];

    // The expectations of this test were seen from sbatch 22.05 with the same lines.
    [Fact]
    public void Directives_are_read_as_sbatch_reads_them() => Assert.Equal(
        ["3 job-name=my job", "3 time=10", "7 comment=a", "8 ntasks=2", "8 job-name=ab", "10 partition=xx", "10 mem=7G", "11 output=a bc"],
        Options(
            """
            #!/bin/bash

            #SBATCH --job-name="my job" --time=10   # comment
            ##SBATCH --account=zzz
              #SBATCH --account=lead
            # SBATCH --account=space
            #SBATCH --comment=a\
            #SBATCH -n2 -J ab#cd

            #SBATCH --part=xx --mem 7G
            #SBATCH --output='a b'c
            echo hi
            #SBATCH --ntasks=9
            """));

    // As seen from sbatch 22.05: hetjob counts as the first word of a line, in any case, and takes the rest of its line away.
    [Fact]
    public void The_components_of_a_heterogeneous_job_are_parted_as_sbatch_parts_them()
    {
        var script = Parse(
            """
            #!/bin/bash
            #SBATCH --time=1 hetjob --time=9
            #SBATCH  hetjob # the second
            #SBATCH --time=2 --comment="a hetjob b"
            #SBATCH PackJob --time=9
            #SBATCH --time=3 --job-name=hetjob
            """);
        Assert.Equal(
            ["time=1", "time=2 comment=a hetjob b", "time=3 job-name=hetjob"],
            Components.Of(script.Directives).Select(component => string.Join(' ', component.Select(directive => $"{directive.Option.Name}={directive.Value}"))));
    }

    [Fact]
    public void Options_that_few_know_are_known_and_another_name_of_one_is_the_same() => Assert.Equal(
        ["2 batch=knl", "2 context=x", "2 clusters=a", "2 clusters=b", "2 ntasks-per-node=3", "2 ntasks-per-node=4"],
        Options("#!/bin/bash\n#SBATCH --batch=knl --context x --cluster=a --clusters=b --tasks=3 --tasks-per-node=4\n"));

    [Theory]
    [InlineData("#!/bin/bash\necho\n#SBATCH --time=1\n")]
    [InlineData("#!/bin/bash\n   set -e\n#SBATCH --time=1\n")]
    [InlineData("#!/bin/bash\n# SBATCH --time=1\n##SBATCH --time=1\n")]
    public void Lines_that_do_not_count_do_not_count(string text) => Assert.Empty(Options(text));

    [Fact]
    public void A_missing_last_line_break_loses_nothing() => Assert.Equal(["2 requeue="], Options("#!/bin/sh\n#SBATCH --requeue"));

    [Fact]
    public void The_interpreter_keeps_its_one_argument() =>
        Assert.Equal(["/usr/bin/env", "-S python3 -u"], Parse("#! /usr/bin/env -S python3 -u\n").Interpreter);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("  \n\n", "empty")]
    [InlineData("echo hi\n", "#!")]
    [InlineData("#!/bin/sh\n\0", "binary")]
    [InlineData("#!/bin/sh\n\n#SBATCH --time=1\r\n", "job.sh:3: ends in a DOS line break")]
    [InlineData("#!\n", "names no interpreter")]
    [InlineData("#!/bin/sh\n#SBATCH -Y 1\n", "job.sh:2: sbatch knows no option -Y")]
    [InlineData("#!/bin/sh\n#SBATCH --no=1\n", "job.sh:2: sbatch knows no option --no")]
    [InlineData("#!/bin/sh\n#SBATCH oops --time=1\n", "job.sh:2: 'oops' is no option")]
    [InlineData("#!/bin/sh\n#SBATCHX --time=1\n", "job.sh:2: 'X' is no option")]
    [InlineData("#!/bin/sh\n#SBATCH --time\n", "job.sh:2: --time needs a value")]
    [InlineData("#!/bin/sh\n#SBATCH --job-name hetjob\n", "job.sh:2: --job-name needs a value")]
    [InlineData("#!/bin/sh\n#SBATCH hetjobs\n", "job.sh:2: 'hetjobs' is no option")]
    [InlineData("#!/bin/sh\n#SBATCH \"hetjob\"\n", "job.sh:2: 'hetjob' is no option")]
    [InlineData("#!/bin/sh\n#SBATCH --requeue=1\n", "job.sh:2: --requeue takes no value")]
    [InlineData("#!/bin/sh\n#SBATCH --comment=\"a\n", "job.sh:2: the quote \" is not closed")]
    public void What_sbatch_refuses_is_refused_with_file_and_line(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<BatchScriptException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_a_plugin_of_the_site_may_know_is_kept_apart()
    {
        var script = Parse("#!/bin/sh\n#SBATCH --container-image=nvcr.io/x --time=5\n#SBATCH --uenv prgenv\n#SBATCH -J name\n");
        Assert.Equal([(2, "container-image"), (3, "uenv")], script.PluginOptions);
        Assert.Equal(["time", "job-name"], script.Directives.Select(directive => directive.Option.Name));
    }

    [Fact]
    public void The_last_of_two_directives_wins_and_placement_is_left_out()
    {
        var request = ScriptRequest.Of(Parse(
            "#!/bin/sh\n#SBATCH -t 5 --gres=gpu:1 --mem=4G\n#SBATCH -t 10:00 --signal=B:USR1@30 --no-requeue --open-mode=append -o %x.log -J name -n 3 -N 1\n"));
        Assert.Equal(TimeSpan.FromMinutes(10), request.Limit);
        Assert.Equal("B:USR1@30", request.Warning?.ToString());
        Assert.Equal((false, true, "%x.log", "name", 3), (request.Requeueable, request.AppendsLog, request.Output, request.JobName, request.Tasks));
    }

    [Theory]
    [InlineData("--array=0-3", "--array=0-3 cannot be imitated")]
    [InlineData("--nodes=2-4", "is no number of nodes")]
    [InlineData("--time=soon", "--time=soon is no time")]
    [InlineData("--signal=FOO@1", "--signal=FOO@1 is no warning")]
    [InlineData("--ntasks=0", "--ntasks=0 is no number")]
    [InlineData("--open-mode=maybe", "neither append nor truncate")]
    [InlineData("--chdir=/does/not/exist", "is no folder")]
    [InlineData("hetjob", "heterogeneous job, which cannot be imitated")]
    public void What_one_machine_cannot_do_is_refused_with_file_and_line(string option, string problem)
    {
        var error = Assert.Throws<BatchScriptException>(() => ScriptRequest.Of(Parse($"#!/bin/sh\n#SBATCH {option}\n")));
        Assert.StartsWith("job.sh:2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
