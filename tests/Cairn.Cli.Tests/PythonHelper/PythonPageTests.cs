namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>Every block of Python in docs/python-contract.md is Python.</summary>
public sealed class PythonPageTests : IDisposable
{
    private readonly PythonFolder _folder = new();

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, PythonPage.Blocks.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task A_block_is_Python_and_calls_only_what_the_helper_has(int number)
    {
        _folder.Sandbox.Write("block.txt", PythonPage.Blocks[number]);
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
    public void The_page_has_its_recipes() => Assert.True(PythonPage.Blocks.Length >= 4);

    [Fact]
    public async Task The_helper_itself_is_Python_3_6()
    {
        var (code, _, error) = await _folder.Run("import ast; ast.parse(open('cairn.py').read(), 'cairn.py', feature_version=(3, 6))");
        Assert.True(code == 0, error);
    }

    public void Dispose() => _folder.Dispose();
}
