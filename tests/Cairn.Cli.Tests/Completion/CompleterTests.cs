using System.CommandLine;
using Cairn.Cli.Completion;

namespace Cairn.Cli.Tests.Completion;

public sealed class CompleterTests
{
    [Theory]
    [InlineData("", "lint local")]
    [InlineData("li", "lint")]
    [InlineData("x", "")]
    [InlineData("-", "--help")]
    [InlineData("lint |", "")] // a file
    [InlineData("lint -", "--format --fix --lead --help")]
    [InlineData("lint --f", "--format --fix")]
    [InlineData("lint --format |", "table json")]
    [InlineData("lint --format j", "json")]
    [InlineData("lint --format = |", "table json")] // as bash splits it
    [InlineData("lint --format =", "table json")]
    [InlineData("lint --format = j", "json")]
    [InlineData("lint --format=", "--format=table --format=json")] // as zsh and fish do not
    [InlineData("lint --format=j", "--format=json")]
    [InlineData("lint --lead |", "")] // any duration
    [InlineData("lint --fix |", "")] // takes no value
    [InlineData("lint --unknown=|", "")]
    [InlineData("local b", "bash")]
    [InlineData("local -- b", "")]
    [InlineData("local -- python --f", "")]
    public void Words_that_can_stand_there(string line, string words) => Assert.Equal(
        words.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        Completer.Complete(Root(), line.Split(' ').Select(word => word.TrimEnd('|')).ToArray()).Select(answer => answer.Word));

    private static Command Root()
    {
        var format = new Option<string>("--format") { HelpName = "table|json" };
        var lead = new Option<string>("--lead") { HelpName = "DURATION" };
        var shell = new Argument<string>("SHELL");
        shell.CompletionSources.Add("bash");
        return new("cairn")
        {
            new Command("lint") { format, new Option<bool>("--fix"), lead, new Option<bool>("--secret") { Hidden = true } },
            new Command("local") { shell },
            new Command("secret") { Hidden = true },
        };
    }
}
