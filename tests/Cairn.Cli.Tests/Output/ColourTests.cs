using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Output;

/// <summary>Colours and live lines: on a terminal alone (<c>script</c> makes one), and none where NO_COLOR declines.</summary>
public sealed class ColourTests : IDisposable
{
    private const string Styling = @"\e\[[0-9;]*m";

    private static readonly string[][] Commands = [["lint", "plain.sh"], ["local", "--", "true"]];

    private readonly Sandbox sandbox = new();

    public static TheoryData<string[]> Examples => [.. Commands];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task A_terminal_gets_colours(string[] arguments) => Assert.Matches(Styling, await OnTerminal("", arguments));

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task NO_COLOR_declines_them(string[] arguments) => Assert.DoesNotMatch(Styling, await OnTerminal("1", arguments));

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task A_file_gets_neither_colours_nor_a_live_line(string[] arguments)
    {
        // Services of this name show colours in their logs; a file is a file all the same.
        var run = await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(arguments).WithWorkingDirectory(Script())
            .WithEnvironmentVariables(variables => variables.Set("TERM", "xterm-256color").Set("GITHUB_ACTIONS", "true").Set("NO_COLOR", null))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain('\e', run.StandardOutput + run.StandardError);
        Assert.DoesNotContain('\r', run.StandardOutput + run.StandardError);
    }

    public void Dispose() => sandbox.Dispose();

    private async Task<string> OnTerminal(string noColor, string[] arguments)
    {
        // Neither the program's path nor these words hold a quote.
        var line = string.Join(' ', arguments.Prepend(Sandbox.Program).Select(word => $"'{word}'"));
        var run = await CliWrap.Cli.Wrap("script").WithArguments(["--quiet", "--command", line, "/dev/null"]).WithWorkingDirectory(Script())
            .WithEnvironmentVariables(variables => variables.Set("TERM", "xterm-256color").Set("NO_COLOR", noColor))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual("", run.StandardOutput);
        return run.StandardOutput;
    }

    private string Script()
    {
        sandbox.Write("plain.sh", "#!/bin/bash\n#SBATCH --signal=USR2@60\n#SBATCH --time=1:00:00\npython train.py\n");
        return sandbox.Folder;
    }
}
