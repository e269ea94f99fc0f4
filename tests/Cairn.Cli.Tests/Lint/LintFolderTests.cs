using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Lint;

/// <summary>eng/lint-folder.sh, by which anybody judges the rules on scripts of their own.</summary>
public sealed class LintFolderTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    private async Task<BufferedCommandResult> RunAsync(params string[] arguments) =>
        await CliWrap.Cli.Wrap("bash").WithArguments([Path.Combine(AppContext.BaseDirectory, "Lint", "lint-folder.sh"), .. arguments]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("CAIRN", Sandbox.Program)).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    [Fact]
    public async Task It_counts_the_findings_of_all_scripts_below_a_folder_rule_by_rule()
    {
        Directory.CreateDirectory(_sandbox.At("scripts/deep"));
        _sandbox.Write("scripts/sound.sh", "#!/bin/bash\n#SBATCH --time=10\nhostname\n");
        _sandbox.Write("scripts/deep/a.job", "#!/bin/bash\n#SBATCH --time=12h --mem=4.5G\nhostname\n");
        _sandbox.Write("scripts/b.sh", "#!/bin/bash\n#SBATCH --time=12h\n#SBATCH --image=x\nhostname\n");
        _sandbox.Write("scripts/binary", "#SBATCH\0");
        _sandbox.Write("scripts/readme.md", "no script\n");
        var before = Directory.GetFiles(_sandbox.At("scripts"), "*", SearchOption.AllDirectories).Select(File.ReadAllText).ToArray();

        var all = await RunAsync("scripts");
        Assert.Equal(0, all.ExitCode);
        var lines = all.StandardOutput.Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Matches("^CAIRN008 error +3 in +2 scripts  sbatch refuses the value$", lines[0]);
        Assert.Matches("^CAIRN014 note +1 in +1 scripts  an option that only a plugin can know$", lines[1]);
        Assert.Matches("^4 scripts, 1 of them without a warning, 1 not read; [0-9.]+ ms each$", lines[2]);
        Assert.Contains("not read: scripts/binary", all.StandardError, StringComparison.Ordinal);

        var one = await RunAsync("scripts", "CAIRN014");
        Assert.Equal("scripts/b.sh:3: note", string.Join(':', one.StandardOutput.Split(':')[..3]));
        Assert.Equal(before, Directory.GetFiles(_sandbox.At("scripts"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));
    }

    [Theory]
    [InlineData("nowhere", "nowhere: there is no such folder")]
    [InlineData(".", ".: no file in it has a #SBATCH line")]
    public async Task Where_there_is_nothing_to_read_it_says_so(string folder, string words)
    {
        var nothing = await RunAsync(folder);
        Assert.Equal((2, words), (nothing.ExitCode, nothing.StandardError.TrimEnd()));
    }

    public void Dispose() => _sandbox.Dispose();
}
