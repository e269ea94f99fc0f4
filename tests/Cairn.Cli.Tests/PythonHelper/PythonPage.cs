using System.Text.RegularExpressions;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>The code that stands in docs/python-contract.md.</summary>
internal static partial class PythonPage
{
    public static string[] Blocks { get; } = Of("python");

    /// <summary>The lines of what is for the shell.</summary>
    public static string[] ShellLines { get; } = [.. Of("bash").SelectMany(block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    private static string[] Of(string language) =>
        [.. Fence().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "python-contract.md")))
            .Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["code"].Value)];

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Fence();
}
