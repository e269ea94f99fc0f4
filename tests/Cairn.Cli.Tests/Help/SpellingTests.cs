using Cairn.Cli.Help;

namespace Cairn.Cli.Tests.Help;

public sealed class SpellingTests
{
    private static readonly string[] Words = ["local", "lint", "ls", "submit", "completion", "help", "--format", "--fix"];

    [Theory]
    [InlineData("lnt", "lint")]
    [InlineData("lnit", "lint")]
    [InlineData("lint", "lint")]
    [InlineData("loacl", "local")]
    [InlineData("sumbit", "submit")]
    [InlineData("complete", "completion")]
    [InlineData("comp", "completion")]
    [InlineData("--fromat", "--format")]
    [InlineData("--fx", "--fix")]
    [InlineData("train", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    [InlineData("--checkpoints", null)]
    public void The_nearest_word_is_guessed_only_where_it_is_near(string word, string? nearest) =>
        Assert.Equal(nearest, Spelling.Nearest(word, Words));

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("a", "", 1)]
    [InlineData("ab", "ba", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Slips_are_counted(string from, string to, int slips) => Assert.Equal(slips, Spelling.Slips(from, to));
}
