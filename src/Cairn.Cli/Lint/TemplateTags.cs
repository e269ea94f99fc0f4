using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint;

/// <summary>What a template engine puts its own text in the place of: {% if %}, {{ nodes }}, &lt;%= nodes %&gt;.</summary>
internal static partial class TemplateTags
{
    /// <summary>The line is one of a template, whose words are not yet those that sbatch gets.</summary>
    public static bool IsIn(string line) => line.Contains("<%", StringComparison.Ordinal) || line.Contains("{{", StringComparison.Ordinal) || line.Contains("{%", StringComparison.Ordinal);

    /// <summary>
    /// A tag stands where the first command would: in the script that is made of the template it will be directives, or nothing at all, so that
    /// what stands below it is read. A variable alone is such a tag, too: nothing has set it there.
    /// </summary>
    public static bool IsFirst(string line) => IsIn(line) || First().IsMatch(line);

    /// <summary>The shell would take a tag for a command.</summary>
    public static bool AreAmong(IEnumerable<ShellCommand> commands) => commands.Any(command => command.Words is [{ Text: var name }, ..] && IsIn(name));

    [GeneratedRegex(@"^\s*(\{[^\s{}]+\}|\$\{?[A-Za-z_][A-Za-z0-9_]*\}?|@[A-Za-z_][A-Za-z0-9_]*@|@\(.*\)@)\s*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex First();
}
