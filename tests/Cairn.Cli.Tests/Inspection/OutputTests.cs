using Cairn.Cli.Output;

namespace Cairn.Cli.Tests.Inspection;

/// <summary>Sizes, and text that nobody vouches for.</summary>
public class OutputTests
{
    [Theory]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("2GB", 2_000_000_000)]
    [InlineData("500kB", 500_000)]
    [InlineData("7", 7)]
    public void A_size_has_a_unit(string text, long bytes) => Assert.Equal((true, bytes), (Sizes.TryParse(text, out var parsed), parsed));

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1MB")]
    [InlineData("1.5GB")]
    [InlineData("64mb")]
    [InlineData("99999999999999999999")]
    [InlineData("9999999999999GiB")]
    public void Anything_else_is_none(string text) => Assert.False(Sizes.TryParse(text, out _));

    [Theory]
    [InlineData("plain text, ümläut, 漢字", "plain text, ümläut, 漢字")]
    [InlineData("\e[31mred\n\u202eleft", "\\u{1b}[31mred\\u{a}\\u{202e}left")]
    public void Nothing_in_a_text_moves_the_cursor(string text, string printable) => Assert.Equal(printable, Printable.Of(text));
}
