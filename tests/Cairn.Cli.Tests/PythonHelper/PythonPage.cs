using System.Text.RegularExpressions;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>The code that stands in docs/python.md.</summary>
internal static partial class PythonPage
{
    public static string[] Blocks { get; } =
        [.. Fence().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "python.md"))).Select(match => match.Groups["code"].Value)];

    [GeneratedRegex("^```python\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Fence();
}
