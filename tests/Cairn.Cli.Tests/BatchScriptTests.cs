using System.Text;
using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Tests;

/// <summary>#SBATCH lines as sbatch reads them.</summary>
public class BatchScriptTests
{
    private static IEnumerable<string> Read(string text) =>
        BatchScript.Parse("job.sh", Encoding.UTF8.GetBytes(text)).Directives.Select(directive => directive.Value is null ? directive.Option.Name : $"{directive.Option.Name}={directive.Value}");

    [Theory]
    [InlineData("#SBATCH --time=10", "time=10")]
    [InlineData("#SBATCH -t 10", "time=10")]
    [InlineData("#SBATCH -t10", "time=10")]
    [InlineData("#SBATCH --time 10 --requeue", "time=10,requeue")]
    [InlineData("#SBATCH --job-name=\"my job\"", "job-name=my job")]
    [InlineData("#SBATCH --signal=B:USR2@60 # a comment", "signal=B:USR2@60")]
    [InlineData("##SBATCH --time=10", "")]
    [InlineData("# SBATCH --time=10", "")]
    [InlineData(" #SBATCH --time=10", "")]
    [InlineData("\n# a comment\n#SBATCH --time=10", "time=10")]
    [InlineData("set -e\n#SBATCH --time=10", "")] // after the first command none counts
    public void A_line(string line, string expected) =>
        Assert.Equal(expected.Length == 0 ? [] : expected.Split(','), Read("#!/bin/bash\n" + line + "\necho\n"));

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("echo hello\n", "job.sh:1: the first line must start with #!")]
    [InlineData("#!/bin/bash\r\necho\r\n", "job.sh:1: ends in a DOS line break")]
    [InlineData("#!/bin/bash\n#SBATCH --no-such=1\n", "job.sh:2: sbatch knows no option --no-such")]
    [InlineData("#!/bin/bash\n#SBATCH time=1\n", "job.sh:2: 'time=1' is no option")]
    [InlineData("#!/bin/bash\n#SBATCH --time\n", "job.sh:2: --time needs a value")]
    [InlineData("#!/bin/bash\n#SBATCH --job-name=\"x\n", "job.sh:2: the quote \" is not closed")]
    public void What_sbatch_would_refuse_is_refused_with_file_and_line(string text, string message) =>
        Assert.Contains(message, Assert.Throws<BatchScriptException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_last_directive_of_a_name_counts()
    {
        var script = BatchScript.Parse("job.sh", "#!/bin/bash\n#SBATCH -n 2\n#SBATCH -n 3 --mem=1G\n"u8.ToArray());
        var values = new DirectiveValues(script, ["ntasks"]);
        Assert.Equal(3, values.Number("ntasks"));
        Assert.Equal(["mem"], values.PassedOver);
        Assert.Null(values["time"]);
    }

    [Fact]
    public void A_number_that_is_none_is_named()
    {
        var values = new DirectiveValues(BatchScript.Parse("job.sh", "#!/bin/bash\n#SBATCH -n many\n"u8.ToArray()), ["ntasks"]);
        Assert.Contains("job.sh:2: --ntasks 'many' is no number", Assert.Throws<BatchScriptException>(() => values.Number("ntasks")).Message, StringComparison.Ordinal);
    }
}
