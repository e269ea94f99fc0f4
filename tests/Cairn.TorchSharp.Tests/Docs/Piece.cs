namespace Cairn.TorchSharp.Tests.Docs;

/// <summary>A piece of C# in a README or in a page of the docs.</summary>
/// <param name="File">The page, relative to the root.</param>
/// <param name="Line">The line of its fence.</param>
/// <param name="IsBody">Whether it is the body of a step, as the word behind the fence's language says.</param>
/// <param name="Text">The code.</param>
internal sealed record Piece(string File, int Line, bool IsBody, string Text)
{
    private const string Fence = "```csharp";

    private static string Root { get; } = FindRoot();

    /// <summary>Whether it is a whole file of a program, with its using directives.</summary>
    public bool IsProgram => Text.StartsWith("using Cairn;", StringComparison.Ordinal);

    /// <summary>Whether it declares types and has no statements.</summary>
    public bool IsType => Text.StartsWith("internal ", StringComparison.Ordinal) || Text.StartsWith("public ", StringComparison.Ordinal);

    /// <summary>The folders with checkpoints that it takes for granted: another training's, and where it trains nothing itself its own.</summary>
    public IEnumerable<string> Folders
    {
        get
        {
            if (Text.Contains("\"pretrained\"", StringComparison.Ordinal))
                yield return "pretrained";
            if (Text.Contains("\"checkpoints\"", StringComparison.Ordinal) && !Loops && !Text.Contains("TrainingRun.Open", StringComparison.Ordinal))
                yield return "checkpoints";
        }
    }

    /// <summary>Whether it has a loop over the steps.</summary>
    public bool Loops => IsBody || Text.Contains("run.Steps(", StringComparison.Ordinal) || Text.Contains("run.Batches(", StringComparison.Ordinal) || Text.Contains("run.Boundary(", StringComparison.Ordinal);

    public static IEnumerable<Piece> All() =>
        Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Order(StringComparer.Ordinal)
            .Prepend(Path.Combine(Root, "README.md"))
            // Those of the packages.
            .Append(Path.Combine(Root, "src/Cairn/README.md")).Append(Path.Combine(Root, "src/Cairn.TorchSharp/README.md"))
            .SelectMany(Of);

    /// <summary>The pieces of the same page.</summary>
    public IEnumerable<Piece> Page => Of(Path.Combine(Root, File));

    private static List<Piece> Of(string file)
    {
        var found = new List<Piece>();
        var lines = System.IO.File.ReadAllLines(file);
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal))
                continue;
            var end = Array.IndexOf(lines, "```", i);
            found.Add(new(Path.GetRelativePath(Root, file), i + 1, lines[i] == $"{Fence} body", string.Join('\n', lines[(i + 1)..end])));
            i = end;
        }

        return found;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "Cairn.slnx")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
