using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>Programs of which it says little that they run: what they are given is the program.</summary>
internal static class Interpreters
{
    private static readonly string[] Endings = [".py", ".R", ".r", ".jl", ".sh", ".bash", ".pl", ".rb", ".js", ".lua"];

    /// <param name="name">The program's name, without its folder.</param>
    public static bool Contains(string name) =>
        name is "Rscript" or "julia" or "perl" or "ruby" or "node" or "lua" or "bash" or "sh" || name.StartsWith("python", StringComparison.Ordinal);

    /// <summary>The file that it runs, or the module; where neither shows, the interpreter.</summary>
    /// <param name="interpreter">Its name, without its folder.</param>
    /// <param name="program">Its words.</param>
    public static string NameOf(string interpreter, IReadOnlyList<ShellWord> program)
    {
        for (var i = 1; i < program.Count; i++)
        {
            if (program[i].Text == "-m" && i + 1 < program.Count && program[i + 1].IsLiteral)
                return $"{interpreter} -m {program[i + 1].Text}";
            if (program[i].FileName is { } file && Array.Exists(Endings, ending => file.EndsWith(ending, StringComparison.Ordinal) && file.Length > ending.Length))
                return file;
            // What stands behind something else is an argument.
            if (program[i].Text is not ['-', ..] && program[i - 1].Text is not ['-', ..])
                break;
        }

        return interpreter;
    }
}
