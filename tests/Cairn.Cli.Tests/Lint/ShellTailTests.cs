using System.Globalization;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Lint;

/// <summary>Which command <c>bash -c</c> puts in its own place: the reader's answer, and the real bash's.</summary>
public sealed class ShellTailTests : IDisposable
{
    private static readonly Lazy<Task<BufferedCommandResult>> Version =
        new(async () => await CliWrap.Cli.Wrap("bash").WithArguments(["-c", "echo ${BASH_VERSION%.*}"]).ExecuteBufferedAsync());

    private readonly Sandbox _sandbox = new();

    [Theory]
    [InlineData("probe", true)]
    [InlineData("probe ;  # comment", true)]
    [InlineData("A=1 probe \"$(echo 1)\"", true)]
    [InlineData("true; true; probe", true)]
    [InlineData("true && true || true && probe", true)]
    [InlineData("true && true; probe", true)]
    [InlineData("true; true && probe", false)]
    [InlineData("true; true && \\\nprobe", false)]
    [InlineData("true; \\\ntrue && probe", false)]
    [InlineData("true\ntrue && probe", true)]
    [InlineData("true;\ntrue &&\nprobe", true)]
    [InlineData("true & probe", false)]
    [InlineData("true & true; probe", true)]
    [InlineData("true &\nprobe", true)]
    [InlineData("true | true; probe", true)]
    [InlineData("if true; then true; fi; probe", true)]
    [InlineData("{ true; } && probe", true)]
    [InlineData("[[ -d / ]] && (( 1 )) && probe", true)]
    [InlineData("f() { true; }\nf\nprobe", true)]
    [InlineData("cat << E\nx\nE\nprobe", true)]
    [InlineData("\n  true\n  probe\n", true)]
    [InlineData("\n  true\n  probe\n  ", false)]
    [InlineData("probe\n\n", false)]
    [InlineData("probe\n# comment", false)]
    [InlineData("probe > log", false)]
    [InlineData("probe < /dev/null", false)]
    [InlineData("probe 2>&1", false)]
    [InlineData("probe &> log", false)]
    [InlineData("probe > >(cat)", false)]
    [InlineData("time probe", false)]
    [InlineData("! probe", false)]
    [InlineData("probe | cat", false)]
    [InlineData("true | probe", false)]
    [InlineData("probe & wait", false)]
    [InlineData("probe; true", false)]
    [InlineData("probe && true", false)]
    [InlineData("true && { probe; }", false)]
    [InlineData("( probe )", false)]
    [InlineData("if true; then probe; fi", false)]
    [InlineData("case a in a) probe;; esac", false)]
    [InlineData("for i in 1; do probe; done", false)]
    [InlineData("f() { probe; }; f", false)]
    public async Task Is_told_as_bash_does_it(string text, bool replaced)
    {
        Assert.Equal(replaced, ShellScript.Parse(text).Tail?.Name == "probe");
        var version = (await Version.Value).StandardOutput.Trim();
        Assert.SkipUnless(version == "5.2", $"the rules are those of bash 5.2, and this is {version}");
        _sandbox.Script("probe", $"echo $$ > '{_sandbox.At("pid")}'\n");
        var running = CliWrap.Cli.Wrap("bash").WithArguments(["-c", text]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", $"{_sandbox.Folder}:/usr/bin:/bin"))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        await running;
        Assert.Equal(replaced, int.Parse(Assert.Single(_sandbox.Lines("pid")), CultureInfo.InvariantCulture) == running.ProcessId);
    }

    public void Dispose() => _sandbox.Dispose();
}
