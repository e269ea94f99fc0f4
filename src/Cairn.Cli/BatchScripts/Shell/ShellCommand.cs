namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>A simple command.</summary>
/// <param name="Line">The line that it begins in, from 1.</param>
/// <param name="Assignments">The variables that stand before it, or alone.</param>
/// <param name="Words">The command and its arguments; empty where it only assigns or redirects.</param>
/// <param name="Place">Where it stands.</param>
internal sealed record ShellCommand(
    int Line, IReadOnlyList<ShellAssignment> Assignments, IReadOnlyList<ShellWord> Words, ShellPlace Place)
{
    /// <summary>The name of (( )), whose one argument is what stands in it.</summary>
    public const string Arithmetic = "((";

    /// <summary>What is called, without its folder; null where it is only known when the script runs.</summary>
    public string? Name => Words is [{ IsLiteral: true } first, ..] ? Path.GetFileName(first.Text) : null;

    public IEnumerable<string> Arguments => Words.Skip(1).Select(word => word.Text);
}

/// <summary>NAME=VALUE.</summary>
internal sealed record ShellAssignment(int Line, string Name, string Value)
{
    /// <summary>The words of NAME=( ... ); null where it is no array.</summary>
    public IReadOnlyList<ShellWord>? Items { get; init; }

    /// <summary>NAME+=VALUE.</summary>
    public bool Appends { get; init; }

    /// <summary>Nothing in the value is expanded.</summary>
    public bool IsLiteral { get; init; }
}
