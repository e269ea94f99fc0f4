using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>Puts the commands of a script into the order in which they run.</summary>
internal sealed class FlowReader
{
    // Functions that call each other can make more commands than anybody wrote.
    private const int MostCommands = 20_000;
    private const int DeepestFile = 3;

    private readonly Func<string, string?> _fileText;
    private readonly Dictionary<string, ShellCommand[]> _functions = new(StringComparer.Ordinal);
    private int _depth;

    public FlowReader(ShellScript script, Func<string, string?> fileText)
    {
        _fileText = fileText;
        Variables = new(script.LoopNames);
        Define(script);
    }

    public Variables Variables { get; }

    /// <summary>The script reads a file, or runs a text, that is not known here and may set traps.</summary>
    public bool ReadsUnknown { get; private set; }

    /// <summary>The script reads other files or modules, which may define functions.</summary>
    public bool ReadsOthers { get; private set; }

    /// <summary>The commands with the bodies of functions in the place of their calls.</summary>
    public IReadOnlyList<ShellCommand> Read(IReadOnlyList<ShellCommand> commands)
    {
        var all = new List<ShellCommand>();
        var calls = 0;
        Add([.. commands.Where(command => command.Place.Function is null)], []);
        return all;

        void Add(IReadOnlyList<ShellCommand> some, HashSet<string> within)
        {
            foreach (var written in some)
            {
                var command = Variables.Expand(written);
                Variables.Note(command);
                // ./train is the program, also where train is a function.
                if (command.Words is [{ IsLiteral: true, Text: var name }, ..] && _functions.TryGetValue(name, out var body))
                {
                    // A function that calls itself is told once.
                    if (calls++ >= MostCommands || !within.Add(name))
                        continue;
                    Add([.. body.Select(inner => inner with { Place = Called(inner.Place, command.Place) })], within);
                    within.Remove(name);
                }
                else if (Inner(command) is { } inner)
                {
                    if (calls++ >= MostCommands || _depth >= DeepestFile)
                        continue;
                    _depth++;
                    Define(inner);
                    Add([.. inner.Commands.Where(one => one.Place.Function is null).Select(one => Elsewhere(one, command))], within);
                    _depth--;
                }
                else if (all.Count < MostCommands)
                {
                    all.Add(command);
                }
            }
        }
    }

    // What eval runs, and the commands of a file that is read in; null for any other command, and where it is not known.
    private ShellScript? Inner(ShellCommand command)
    {
        switch (command.Name)
        {
            case "eval":
                if (!command.Arguments.Any(IsOutput) && ShellScript.Parse(string.Join(' ', command.Arguments)) is { IsUnderstood: true } text && text.Commands.All(one => one.Words is [] or [{ IsLiteral: true }, ..]))
                    return text;
                // eval "$(conda shell.bash hook)" and its like set an environment up.
                ReadsUnknown |= !command.Arguments.Any(word => IsHook(word));
                ReadsOthers = true;
                return null;
            case "." or "source":
                ReadsOthers = true;
                if (command.Words is [_, { IsLiteral: true } file, ..] && _fileText(file.Text) is { } content && ShellScript.Parse(content) is { IsUnderstood: true } script)
                    return script;
                ReadsUnknown |= !IsEnvironment(command);
                return null;
            case "module" or "ml" or "spack":
                ReadsOthers = true;
                return null;
            default:
                return null;
        }
    }

    private void Define(ShellScript script)
    {
        foreach (var function in script.Commands.Where(command => command.Place.Function is not null).GroupBy(command => command.Place.Function!, StringComparer.Ordinal))
            _functions[function.Key] = [.. function];
    }

    // Its words stand in no line of the script where a fix could find them.
    private static ShellCommand Elsewhere(ShellCommand inner, ShellCommand call) => inner with
    {
        Line = call.Line,
        Place = Called(inner.Place, call.Place),
        Words = [.. inner.Words.Select(word => word with { Line = call.Line, Column = ShellWord.Nowhere })],
        Assignments = [.. inner.Assignments.Select(set => set with { Line = call.Line })],
    };

    // What surrounds the call surrounds the function's commands too.
    private static ShellPlace Called(ShellPlace inner, ShellPlace call) => inner with
    {
        Background = inner.Background || call.Background,
        Piped = inner.Piped || call.Piped,
        Conditional = inner.Conditional || call.Conditional,
        Otherwise = inner.Otherwise || call.Otherwise,
        Else = inner.Else || call.Else,
        Loop = inner.Loop || call.Loop,
        Subshell = inner.Subshell || call.Subshell,
        Substitution = inner.Substitution || call.Substitution,
        Guarded = inner.Guarded || call.Guarded,
    };

    // What a command prints may be anything; a variable in front of a known program's options is most likely one of these.
    private static bool IsOutput(string text) => text.Contains("$(", StringComparison.Ordinal) || text.Contains('`', StringComparison.Ordinal);

    private static bool IsHook(string text) =>
        text.Contains("hook", StringComparison.Ordinal) || text.Contains("conda", StringComparison.Ordinal) || text.Contains("mamba", StringComparison.Ordinal)
        || text.Contains("env", StringComparison.Ordinal) || text.Contains("spack", StringComparison.Ordinal) || text.Contains("module", StringComparison.Ordinal)
        || text.Contains("ssh-agent", StringComparison.Ordinal) || text.Contains("init", StringComparison.Ordinal);

    // Of these it is known what they are for: an environment of programs, and no traps.
    private static bool IsEnvironment(ShellCommand command)
    {
        var file = command.Words.Count > 1 ? command.Words[1].Text : "";
        var name = Path.GetFileName(file).Trim('"');
        return name.Contains("activate", StringComparison.Ordinal) || name.Contains("conda", StringComparison.Ordinal) || name.Contains("mamba", StringComparison.Ordinal)
            || name.Contains("profile", StringComparison.Ordinal) || name.EndsWith("rc", StringComparison.Ordinal) || name.Contains("env", StringComparison.Ordinal)
            || name.Contains("module", StringComparison.Ordinal) || name.Contains("vars", StringComparison.Ordinal) || name.Contains("lmod", StringComparison.Ordinal)
            || name.EndsWith("GMXRC", StringComparison.Ordinal) || file.Contains("/init/", StringComparison.Ordinal) || file.Contains("conda", StringComparison.Ordinal) || file.Contains("/venv", StringComparison.Ordinal);
    }
}
