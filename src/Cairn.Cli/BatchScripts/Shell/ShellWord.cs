namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>A word of a command.</summary>
/// <param name="Line">The line that it begins in, from 1.</param>
/// <param name="Column">Where in that line, from 0.</param>
/// <param name="Raw">As it is written, quotes and all.</param>
/// <param name="Text">Without quotes and backslashes; what the shell would expand stands in it as it is written.</param>
/// <param name="IsLiteral">Nothing in it is expanded, so that <paramref name="Text"/> is what the command gets.</param>
internal sealed record ShellWord(int Line, int Column, string Raw, string Text, bool IsLiteral)
{
    /// <summary>The column of a word that does not stand in the script itself, but in what eval runs or a file that is read in.</summary>
    public const int Nowhere = -1;

    /// <summary>As the name of a program, without its folder, which may stand in a variable; null where only the run will show it.</summary>
    public string? FileName =>
        Path.GetFileName(Text) is var name && (IsLiteral || (name.Length > 0 && name.Length < Text.Length && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' or '+'))) ? name : null;
}
