using Cairn.Cli.BatchScripts;
using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint;

/// <summary>A batch script as sbatch and the shell read it, with everything that is wrong in it still there.</summary>
internal sealed class LintedScript
{
    private static readonly ScriptFlow Nothing = ScriptFlow.Of(new(false, []));

    private LintedScript(string path, string text, Surroundings surroundings)
    {
        Path = path;
        Around = surroundings;
        Lines = text.Split('\n');
        HasDosLineBreaks = text.Contains("\r\n", StringComparison.Ordinal);
        // A byte order mark makes sbatch refuse it; the rest is what it will be without.
        var meant = text.TrimStart('\uFEFF');
        FirstCommand = DirectiveReader.FirstCommand(meant.Split('\n'));
        var read = DirectiveReader.Scan(path, Lines, FirstCommand);
        Directives = read.Directives;
        Refused = read.Refused;
        UnknownOptions = read.Unknown;
        var components = BatchScripts.Components.Of(Directives);
        Components = [[.. components[0], .. HasOption("ignore-pbs") ? [] : ForeignDirectives.Read(Lines, FirstCommand)], .. components.Skip(1)];
        Wishes = new(Components[0]);
        // Other interpreters read other languages; a carriage return would be part of every word.
        if (IsShell && !HasDosLineBreaks && !IsTemplate && ShellScript.Parse(meant) is { IsUnderstood: true } shell && !TemplateTags.AreAmong(shell.Commands))
        {
            IsUnderstood = true;
            Shell = shell;
            Flow = ScriptFlow.Of(shell, surroundings.ProgramText);
        }
    }

    public string Path { get; }

    /// <summary>Without their line breaks; a carriage return stays.</summary>
    public IReadOnlyList<string> Lines { get; }

    public bool HasDosLineBreaks { get; }

    /// <summary>The index of the first line that is a command: no directive below it counts.</summary>
    public int FirstCommand { get; }

    /// <summary>Tags of a template engine stand where commands and directives are to be: what the script will be is not known.</summary>
    public bool IsTemplate => FirstCommand < Lines.Count && TemplateTags.IsFirst(Lines[FirstCommand]);

    /// <summary>The directives that count.</summary>
    public IReadOnlyList<Directive> Directives { get; }

    /// <summary>The same for each component of a heterogeneous job; of any other there is one.</summary>
    public IReadOnlyList<IReadOnlyList<Directive>> Components { get; }

    /// <summary>The lines because of which sbatch refuses the script.</summary>
    public IReadOnlyList<BatchScriptException> Refused { get; }

    /// <summary>Long options that sbatch itself does not know.</summary>
    public IReadOnlyList<(int Line, string Name)> UnknownOptions { get; }

    public Wishes Wishes { get; }

    /// <summary>The commands were read; else <see cref="Flow"/> is empty, and nothing should be said about them.</summary>
    public bool IsUnderstood { get; }

    public ScriptFlow Flow { get; } = Nothing;

    /// <summary>The commands as they are written.</summary>
    public ShellScript Shell { get; } = new(false, []);

    public Surroundings Around { get; }

    /// <summary>bash runs it, by that name: what sh is differs from one system to the next.</summary>
    public bool IsBash => IsUnderstood && Lines[0].Split([' ', '/', '\t', '!'], StringSplitOptions.RemoveEmptyEntries).Contains("bash", StringComparer.Ordinal);

    // Without a #! line sbatch refuses it, and what it means is still there to be read.
    private bool IsShell => !Lines[0].StartsWith("#!", StringComparison.Ordinal)
        || Lines[0].Split([' ', '/', '\t', '!'], StringSplitOptions.RemoveEmptyEntries).Any(word => word is "bash" or "sh" or "zsh" or "dash" or "ksh");

    public static LintedScript Parse(string path, string text, Surroundings surroundings) => new(path, text, surroundings);

    /// <summary>The directive of an option that counts in the end: for the first component, where the script runs.</summary>
    public Directive? Find(string option) => Components[0].LastOrDefault(directive => directive.Option.Name == option);

    private bool HasOption(string name) => Directives.Any(directive => directive.Option.Name == name);
}
