using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Tests.SlurmForms;

public sealed class LogNameTests
{
    private static readonly LogName Name = new(42, ArrayTask: null, "train", "ada", "n1");

    [Theory]
    [InlineData("plain.log", "plain.log")]
    [InlineData("%x_%j.out", "train_42.out")]
    [InlineData("%u-%N-%n-%t-%%", "ada-n1-0-0-%")]
    [InlineData("%5j", "00042")]
    [InlineData("\\%j", "%j")]
    public void Letters_are_replaced(string pattern, string expected) => Assert.Equal(expected, Name.Fill(pattern));

    [Theory]
    [InlineData("%q")]
    [InlineData("log-%")]
    public void Unknown_letters_are_named(string pattern) =>
        Assert.Contains(pattern, Assert.Throws<UsageException>(() => Name.Fill(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void In_an_array_the_element_is_named() =>
        Assert.Equal("train-42_3.out", (Name with { ArrayTask = 3 }).Fill("%x-%A_%a.out"));
}
