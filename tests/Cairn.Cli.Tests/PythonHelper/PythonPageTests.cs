using System.Text.RegularExpressions;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>Every block of Python in docs/python.md is Python.</summary>
public sealed partial class PythonPageTests : IDisposable
{
    private readonly PythonFolder _folder = new();

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Blocks().Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task A_block_is_Python_and_calls_only_what_the_helper_has(int number)
    {
        _folder.Sandbox.Write("block.txt", Blocks()[number]);
        var (code, _, error) = await _folder.Run("""
            import ast, cairn
            tree = ast.parse(open("block.txt").read(), "block")
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "cairn":
                    assert node.attr in cairn.__all__, node.attr
            """);
        Assert.True(code == 0, error);
    }

    [Fact]
    public void The_page_has_its_recipes() => Assert.True(Blocks().Length >= 4);

    [Fact]
    public async Task The_helper_itself_is_Python_3_6()
    {
        var (code, _, error) = await _folder.Run("import ast; ast.parse(open('cairn.py').read(), 'cairn.py', feature_version=(3, 6))");
        Assert.True(code == 0, error);
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Blocks() =>
        [.. Fence().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "python.md"))).Select(match => match.Groups["code"].Value)];

    [GeneratedRegex("^```python\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Fence();
}
