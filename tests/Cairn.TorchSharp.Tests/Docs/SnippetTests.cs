using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Cairn.TorchSharp.Tests.Docs;

/// <summary>Every piece of C# in the README and the docs compiles against the library as it is.</summary>
public sealed class SnippetTests
{
    private const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Threading;
        using System.Threading.Tasks;
        using Cairn;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;
        using Microsoft.Extensions.Options;
        using TorchSharp;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn.functional;

        """;

    // What the text around a piece speaks of. A piece that makes one of these itself hides it.
    private const string Surroundings = """
        internal static class Surroundings
        {
            private static TrainingRun run = null!;
            private static nn.Module<Tensor, Tensor> model = null!;
            private static optim.Optimizer optimizer = null!;
            private static optim.lr_scheduler.LRScheduler scheduler = null!;
            private static ResumableLoader<Tensor> loader = null!;
            private static Tensor loss = null!;
            private static IHostApplicationBuilder builder = null!;
            private static void Evaluate() { }
            private static void Train<T>(T what) { }
            private static void Track(TrainingRun run, double rate) { }
            private static int Piece()
            {
        #line 1

        """;

    private static readonly IReadOnlyList<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Select(path => MetadataReference.CreateFromFile(path))];

    public static TheoryData<string, int> Pieces()
    {
        var data = new TheoryData<string, int>();
        foreach (var file in Files())
        {
            foreach (var line in Fences(file).Select(piece => piece.Line))
                data.Add(Path.GetRelativePath(Root, file), line);
        }

        return data;
    }

    private static string Root { get; } = FindRoot();

    [Theory]
    [MemberData(nameof(Pieces))]
    public void It_compiles(string file, int line)
    {
        var all = Fences(Path.Combine(Root, file));
        var piece = all.Single(one => one.Line == line).Text;

        // Types of the same page can be spoken of.
        var types = all.Select(one => one.Text).Where(IsType).ToList();
        var problems = Compile(Usings + string.Join('\n', types) + (IsType(piece) ? string.Empty : $"\n{Surroundings}{piece}\n#line hidden\nreturn 0;\n}}\n}}"));
        Assert.True(problems.Count == 0, $"{file}, the piece behind line {line}:\n{string.Join('\n', problems)}");
    }

    [Fact]
    public void What_does_not_compile_is_seen()
    {
        Assert.NotEmpty(Pieces());
        Assert.Empty(Compile($"{Usings}{Surroundings}foreach (var step in run.Steps(3)) {{ }}\n#line hidden\nreturn 0; }} }}"));
        Assert.NotEmpty(Compile($"{Usings}{Surroundings}foreach (var step in run.Stepps(3)) {{ }}\n#line hidden\nreturn 0; }} }}"));
    }

    private static bool IsType(string piece) => piece.StartsWith("internal sealed class ", StringComparison.Ordinal);

    private static IReadOnlyList<string> Compile(string source)
    {
        var tree = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);
        return [.. CSharpCompilation.Create("Snippet", [tree], References, options).GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(diagnostic => diagnostic.ToString())];
    }

    private static IEnumerable<string> Files() => Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Order(StringComparer.Ordinal).Prepend(Path.Combine(Root, "README.md"));

    private static List<(int Line, string Text)> Fences(string file)
    {
        var found = new List<(int Line, string Text)>();
        var lines = File.ReadAllLines(file);
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i] != "```csharp")
                continue;
            var end = Array.IndexOf(lines, "```", i);
            found.Add((i + 1, string.Join('\n', lines[(i + 1)..end])));
            i = end;
        }

        return found;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Cairn.slnx")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
