using Cairn.Cli.BatchScripts;
using Cairn.Cli.BatchScripts.Writing;
using CliWrap;
using CliWrap.Buffered;
using CsCheck;

namespace Cairn.Cli.Tests.Scripts;

public sealed class QuotingTests
{
    private static readonly Gen<string> AnyWord = Gen.OneOf(
        Gen.String[Gen.Char["abZ09 \t\n\r'\"\\$`!#&|;<>(){}[]*?~=%@^-_.,:/\u0001\u001b\u007f\u00e9\u4e2d"], 0, 12],
        Gen.String[Gen.Char[' ', '~'], 0, 30]);

    [Theory]
    [InlineData("", "''")]
    [InlineData("train.py", "train.py")]
    [InlineData("--lr=3e-4", "--lr=3e-4")]
    [InlineData("=x", "'=x'")]
    [InlineData("a b", "'a b'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("$(rm -rf x)", "'$(rm -rf x)'")]
    [InlineData("~", "'~'")]
    [InlineData("a\nb", "$'a\\nb'")]
    [InlineData("a\n'b'\\", "$'a\\n\\x27b\\x27\\x5c'")]
    public void A_word_is_quoted_where_it_has_to_be(string word, string quoted) => Assert.Equal(quoted, Quoting.ForBash(word));

    [Fact]
    public async Task Bash_reads_back_whatever_was_given()
    {
        var words = AnyWord.Array[400].Single();
        var result = await CliWrap.Cli.Wrap("bash").WithArguments(["-c", $"printf '%s\\0' {string.Join(' ', words.Select(Quoting.ForBash))}"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(words, result.StandardOutput.Split('\0')[..^1]);
    }

    [Fact]
    public void It_stays_on_one_line() => AnyWord.Sample(word => !Quoting.ForBash(word).AsSpan().ContainsAny('\n', '\r'));

    [Fact]
    public void Sbatch_reads_back_a_value_or_it_is_refused() => AnyWord.Sample(word =>
    {
        string quoted;
        try
        {
            quoted = Quoting.ForDirective(word, "--account");
        }
        catch (UsageException error)
        {
            return error.Message.StartsWith("--account: ", StringComparison.Ordinal);
        }

        return DirectiveReader.ReadLine("x", 1, "#SBATCH --account=" + quoted) is [{ Value: var value }] && value == word;
    });

    [Fact]
    public void A_NUL_is_named() => Assert.Contains("NUL", Assert.Throws<UsageException>(() => Quoting.ForBash("a\0b")).Message, StringComparison.Ordinal);
}
