using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Cairn.TorchSharp.Tests.Docs;

/// <summary>Every piece of C# in the README and the docs compiles against the library as it is, and runs, in a folder of its own, as it is and once more behind that.</summary>
public sealed class SnippetTests
{
    public static TheoryData<string, int> Pieces()
    {
        var data = new TheoryData<string, int>();
        foreach (var piece in Piece.All())
            data.Add(piece.File, piece.Line);
        return data;
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public void It_runs(string file, int line)
    {
        var piece = Piece.All().Single(one => one.File == file && one.Line == line);
        var (problems, assembly) = PieceRunner.Compile(PieceRunner.SourceOf(piece), piece.IsProgram);
        Assert.True(assembly is not null, $"{file}, the piece behind line {line}:\n{string.Join('\n', problems)}");

        // A type that nothing runs is compiled alone.
        Assert.True(!piece.IsType || piece.Text.Contains("[Fact]", StringComparison.Ordinal) || piece.Page.Any(other => other != piece && other.Text.Contains(NameOf(piece), StringComparison.Ordinal)),
            $"{file}, the type behind line {line}: no other piece of the page uses it");
        using var folder = new TemporaryFolder();
        var before = (Folder: Directory.GetCurrentDirectory(), Environment.ExitCode, Console.Out);
        Directory.SetCurrentDirectory(folder.Path);
        Environment.ExitCode = 0; // other tests of this process leave theirs
        Console.SetOut(TextWriter.Null);
        try
        {
            // The second time is a second attempt.
            for (var attempt = 0; attempt < 2; attempt++)
            {
                Assert.Equal(0, PieceRunner.Run(piece, assembly));
                Assert.Equal(0, Environment.ExitCode);
            }
        }
        catch (TargetInvocationException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerException!);
        }
        finally
        {
            Directory.SetCurrentDirectory(before.Folder);
            Environment.ExitCode = before.ExitCode;
            Console.SetOut(before.Out);
        }
    }

    [Fact]
    public void What_does_not_compile_or_ends_with_another_code_is_seen()
    {
        Assert.NotEmpty(Pieces());
        Assert.Empty(Compile("foreach (var step in run.Steps(3)) { }").Problems);
        Assert.NotEmpty(Compile("foreach (var step in run.Stepps(3)) { }").Problems);

        using var folder = new TemporaryFolder();
        var before = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(folder.Path);
        try
        {
            var left = Of("foreach (var step in run.Steps(3)) { break; }");
            Assert.Equal(1, PieceRunner.Run(left, Compile(left.Text).Assembly!));
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }

        static Piece Of(string text) => new("README.md", 1, IsBody: false, text);
        static (IReadOnlyList<string> Problems, Assembly? Assembly) Compile(string text) => PieceRunner.Compile(PieceRunner.SourceOf(Of(text)), isProgram: false);
    }

    private static string NameOf(Piece type) => type.Text.Split(" class ")[1].Split('(', ' ', '\n', ':')[0];
}
