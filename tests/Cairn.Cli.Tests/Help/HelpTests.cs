using System.Text.RegularExpressions;
using Cairn.Cli.Help;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Help;

public sealed partial class HelpTests
{
    public static TheoryData<string> Topics => [.. HelpTopics.Names];

    [Fact]
    public async Task Lists_the_commands_and_the_topics_a_line_each()
    {
        var help = await Run("help");
        Assert.Equal(0, help.ExitCode);
        Assert.Equal(help.StandardOutput, (await Run("--help")).StandardOutput);
        Assert.All((string[])["  lint ", "  local ", "  completion ", "  exit-codes ", "  environment ", "  signals ", "  forms "], line => Assert.Contains(line, help.StandardOutput, StringComparison.Ordinal));
        Assert.DoesNotContain("__", help.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("Examples:", help.StandardOutput, StringComparison.Ordinal);
    }

    // What the rest writes is meant for a shell, for a person, for an editor, for a browser, or is another program's.
    private static readonly string[] NothingForPrograms = ["completion", "help", "init", "run", "serve"];

    [Fact]
    public async Task Whatever_tells_something_tells_it_in_JSON_too()
    {
        var names = (await Run("help")).StandardOutput.Split("Commands:\n")[1].Split("\n\n")[0].Split('\n').Select(line => line.Trim().Split(' ')[0]).ToArray();
        Assert.Superset(NothingForPrograms.ToHashSet(StringComparer.Ordinal), names.ToHashSet(StringComparer.Ordinal));
        var inJson = new List<string>();
        foreach (var name in names)
        {
            if (FormatOption().IsMatch((await Run(name, "--help")).StandardOutput))
                inJson.Add(name);
        }

        Assert.Equal(names.Except(NothingForPrograms, StringComparer.Ordinal), inJson);
    }

    [GeneratedRegex(@"^  --format <[a-z|]*\bjson\b", RegexOptions.Multiline, 1000)]
    private static partial Regex FormatOption();

    [Theory]
    [MemberData(nameof(Topics))]
    public async Task Prints_a_topic(string topic)
    {
        var help = await Run("help", topic);
        Assert.Equal((0, HelpTopics.Text(topic)), (help.ExitCode, help.StandardOutput));
        Assert.All(help.StandardOutput.Split('\n'), line => Assert.True(line.Length <= 120, line));
    }

    [Theory]
    [InlineData("local")]
    [InlineData("lint")]
    [InlineData("help")]
    public async Task Of_a_command_is_its_own_help(string command)
    {
        var help = await Run("help", command);
        Assert.Equal(0, help.ExitCode);
        Assert.Contains("Exit codes:", help.StandardOutput, StringComparison.Ordinal);
        var own = await Run(command, "--help");
        Assert.Equal((0, own.StandardOutput), (own.ExitCode, help.StandardOutput));
    }

    [Fact]
    public void The_topic_of_exit_codes_has_all_that_the_library_ends_with() => Assert.All(
        (int[])[ExitCodes.Success, ExitCodes.Incomplete, ExitCodes.RequeueFailed, ExitCodes.RequeueMe, ExitCodes.NeverRequeue, ExitCodes.Interrupted, ExitCodes.Terminated],
        code => Assert.Matches($@"(?m)^  {code}\s", HelpTopics.Text("exit-codes")));

    [Theory]
    [InlineData("There is no command lnt. Did you mean lint?", "lnt", "job.sh")]
    [InlineData("There is no command train.\n", "train")]
    [InlineData("There is no option --versoin. Did you mean --version?", "--versoin")]
    [InlineData("There is no option --fromat. Did you mean --format? A file of that name is ./--fromat.", "lint", "--fromat", "json")]
    [InlineData("There is no option --form. Did you mean --format? A file", "lint", "--form=json")]
    [InlineData("There is no option --prempt-after. Did you mean --preempt-after? What is meant", "local", "--prempt-after", "5s", "--", "true")]
    [InlineData("There is no command or topic exit-code. Did you mean exit-codes?", "help", "exit-code")]
    [InlineData("There is no completion for csh. Did you mean zsh? There is one for bash, zsh and fish.", "completion", "csh")]
    public async Task What_is_unknown_is_named_with_what_may_have_been_meant(string message, params string[] arguments)
    {
        var run = await Run(arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.StandardOutput));
        Assert.StartsWith($"cairn: {message}", run.StandardError, StringComparison.Ordinal);
    }

    private static async Task<BufferedCommandResult> Run(params string[] arguments) =>
        await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(arguments).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("ls", "")]
    [InlineData("show", "")]
    [InlineData("verify", "")]
    [InlineData("metrics", "")]
    [InlineData("prune", "")]
    [InlineData("export", "-o", "")]
    [InlineData("rollback", "")]
    [InlineData("lint", "")]
    [InlineData("init", "")]
    [InlineData("submit", "")]
    [InlineData("script", "--output", "")]
    [InlineData("script", "--config", "")]
    [InlineData("doctor", "--checkpoint-dir", "")]
    [InlineData("run", "--checkpoint-dir", "", "--", "true")]
    [InlineData("run", "--done-file", "", "--", "true")]
    [InlineData("run", "--", "")]
    [InlineData("local", "")]
    [InlineData("local", "--output", "", "--", "true")]
    [InlineData("")]
    public async Task An_empty_argument_is_an_error_with_a_sentence(params string[] arguments)
    {
        var run = await Run(arguments);
        Assert.True(run.ExitCode == 2, $"{run.ExitCode}: {run.StandardError}");
        Assert.StartsWith("cairn: ", run.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.StandardError, StringComparison.Ordinal);
    }
}
