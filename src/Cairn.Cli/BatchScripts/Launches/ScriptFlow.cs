using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>What a batch script does, in the order in which it does it; functions stand where they are called.</summary>
internal sealed class ScriptFlow
{
    // Functions that call each other can make more commands than anybody wrote.
    private const int MostCommands = 20_000;

    private readonly Dictionary<string, ShellCommand[]> _functions;

    private ScriptFlow(IReadOnlyList<ShellCommand> commands)
    {
        _functions = commands.Where(command => command.Place.Function is not null)
            .GroupBy(command => command.Place.Function!, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        Commands = WithFunctions([.. commands.Where(command => command.Place.Function is null)]);
        Launches = [.. Commands.Where(command => !command.Place.Substitution).Select(LaunchReader.Read).OfType<Launch>()];
        Traps = [.. Commands.Where(command => command.Name == "trap").Select(command => Trap.Read(command, WithFunctions)).OfType<Trap>()];
        MayTrapElsewhere = Commands.Any(command => command.Name is "eval" || (command.Name is "." or "source" && !IsEnvironment(command)));
    }

    public IReadOnlyList<ShellCommand> Commands { get; }

    /// <summary>The programs, without what only prepares.</summary>
    public IReadOnlyList<Launch> Launches { get; }

    public IReadOnlyList<Trap> Traps { get; }

    /// <summary>The script reads in another that may set traps.</summary>
    public bool MayTrapElsewhere { get; }

    /// <summary>
    /// What the script does last for long; the rest prepares it. Null where it starts nothing, or where only the run will show
    /// which of several it is.
    /// </summary>
    public Launch? Main => Launches switch
    {
        [] or [_, .., { Command.Place.Conditional: true }] => null,
        [.., var last] => last,
    };

    /// <summary>What a signal to the batch shell meets: cairn run in the foreground, whatever comes behind it, for it lasts; else the main program.</summary>
    public Launch? InFront =>
        Launches.FirstOrDefault(launch => launch is { DecidesOverJob: true, ReplacesShell: false, Command.Place: { Background: false, Conditional: false } }) ?? Main;

    public static ScriptFlow Of(ShellScript script) => new(script.Commands);

    /// <summary>The commands that come after one, or all where it is none of these.</summary>
    public IEnumerable<ShellCommand> After(ShellCommand command) => Commands.SkipWhile(each => !ReferenceEquals(each, command)).Skip(1);

    /// <summary>The trap of a signal that counts in the end; null where there is none.</summary>
    public Trap? TrapOf(int signal) => Traps.LastOrDefault(trap => trap.Signals.Contains(signal));

    private IReadOnlyList<ShellCommand> WithFunctions(IReadOnlyList<ShellCommand> commands)
    {
        var all = new List<ShellCommand>();
        var calls = 0;
        Add(commands, []);
        return all;

        void Add(IReadOnlyList<ShellCommand> some, HashSet<string> within)
        {
            foreach (var command in some)
            {
                if (command.Name is { } name && _functions.TryGetValue(name, out var body))
                {
                    // A function that calls itself is told once.
                    if (calls++ >= MostCommands || !within.Add(name))
                        continue;
                    Add([.. body.Select(inner => inner with { Place = Called(inner.Place, command.Place) })], within);
                    within.Remove(name);
                }
                else if (all.Count < MostCommands)
                {
                    all.Add(command);
                }
            }
        }
    }

    // What surrounds the call surrounds the function's commands too.
    private static ShellPlace Called(ShellPlace inner, ShellPlace call) => inner with
    {
        Background = inner.Background || call.Background,
        Piped = inner.Piped || call.Piped,
        Conditional = inner.Conditional || call.Conditional,
        Loop = inner.Loop || call.Loop,
        Subshell = inner.Subshell || call.Subshell,
        Substitution = inner.Substitution || call.Substitution,
        Guarded = inner.Guarded || call.Guarded,
    };

    private static bool IsEnvironment(ShellCommand command)
    {
        var file = command.Words.Count > 1 ? command.Words[1].Text : "";
        var name = file[(file.LastIndexOf('/') + 1)..];
        return name.Contains("activate", StringComparison.Ordinal) || name.Contains("conda", StringComparison.Ordinal) || name.Contains("mamba", StringComparison.Ordinal)
            || name.Contains("profile", StringComparison.Ordinal) || name.Contains("rc", StringComparison.Ordinal) || name.Contains("env", StringComparison.Ordinal)
            || name.Contains("module", StringComparison.Ordinal) || name.Contains("setup", StringComparison.Ordinal) || name.Contains("vars", StringComparison.Ordinal)
            || name.Contains("lmod", StringComparison.Ordinal) || name.Contains("init", StringComparison.Ordinal);
    }
}
