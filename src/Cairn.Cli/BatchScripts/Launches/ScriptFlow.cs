using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>
/// What a batch script does, in the order in which it does it: functions stand where they are called, what eval runs stands where eval does,
/// and variables that the script itself sets have their values.
/// </summary>
internal sealed class ScriptFlow
{
    private readonly FlowReader _reader;

    private ScriptFlow(ShellScript script, Func<string, string?> fileText)
    {
        _reader = new(script, fileText);
        Commands = _reader.Read(script.Commands);
        Variables = _reader.Variables;
        Launches = [.. Commands.Where(command => !command.Place.Substitution).Select(command => LaunchReader.Read(command, fileText)).OfType<Launch>().Select(Known)];
        Traps = [.. Commands.Where(command => command is { Name: "trap", Place: { Subshell: false, Background: false } }).Select(command => Trap.Read(command, _reader.Read)).OfType<Trap>()];
        MayTrapElsewhere = _reader.ReadsUnknown || Commands.Any(MayBeTrappingFunction)
            || (Commands.Any(command => command.Name is null && command.Words.Count > 0 && command.Place is { Background: false, Substitution: false }) && script.Commands.Any(command => command is { Name: "trap", Place.Function: not null }));
    }

    public IReadOnlyList<ShellCommand> Commands { get; }

    /// <summary>What is in the script's variables at its end.</summary>
    public Variables Variables { get; }

    /// <summary>The programs, without what only prepares.</summary>
    public IReadOnlyList<Launch> Launches { get; }

    public IReadOnlyList<Trap> Traps { get; }

    /// <summary>The script reads in another, or calls what may be a function of such a one: it may set traps that are not seen here.</summary>
    public bool MayTrapElsewhere { get; }

    /// <summary>
    /// What the script does last for long; the rest prepares it, or is a short helper behind it. Null where it starts nothing, or where only
    /// the run will show which of several it is, and it makes a difference for signals.
    /// </summary>
    public Launch? Main
    {
        get
        {
            Launch[] lasting = [.. Launches.Where(launch => !IsHelper(launch))];
            if (lasting.Length == 0)
                lasting = [.. Launches];
            if (lasting is [] or [_])
                return lasting.FirstOrDefault();
            var tail = lasting.Reverse().TakeWhile(launch => launch.Command.Place.Conditional).ToArray();
            if (tail.Length == 0)
                return lasting[^1];
            // Programs in both branches: one of them runs, or the one before them that always runs.
            var candidates = tail.Length < lasting.Length ? [.. tail, lasting[^(tail.Length + 1)]] : tail;
            return candidates.All(one => IsAlike(one, candidates[0])) ? candidates[^1] : null;
        }
    }

    /// <summary>What a signal to the batch shell meets: cairn run in the foreground, whatever comes behind it, for it lasts; else the main program.</summary>
    public Launch? InFront =>
        Launches.FirstOrDefault(launch => launch is { DecidesOverJob: true, ReplacesShell: false, Command.Place: { Background: false, Conditional: false } }) ?? Main;

    /// <param name="script">The script.</param>
    /// <param name="fileText">The text of a file that the script names; null where it cannot be read.</param>
    public static ScriptFlow Of(ShellScript script, Func<string, string?>? fileText = null) => new(script, fileText ?? (_ => null));

    /// <summary>The commands that come after one, or all where it is none of these.</summary>
    public IEnumerable<ShellCommand> After(ShellCommand command) => Commands.SkipWhile(each => !ReferenceEquals(each, command)).Skip(1);

    /// <summary>The commands that come before one.</summary>
    public IEnumerable<ShellCommand> Before(ShellCommand command) => Commands.TakeWhile(each => !ReferenceEquals(each, command));

    /// <summary>The trap of a signal that counts in the end; null where there is none.</summary>
    public Trap? TrapOf(int signal) => Traps.LastOrDefault(trap => trap.Signals.Contains(signal));

    /// <summary>By its name it only prepares the program that lasts, or comes behind it.</summary>
    public static bool IsHelper(Launch launch) => !launch.UnderCairn && launch.Srun is null && (Preparations.Contains(launch.Program) || Preparations.IsAfterwork(launch.Program));

    /// <summary>The background programs that a kill signals, or that a test or a wait names, as far as that is known: by $!, by a variable that holds it, by jobs -p.</summary>
    public IEnumerable<Launch> TargetsOf(ShellCommand kill)
    {
        var background = Launches.Where(launch => launch.Command.Place is { Background: true, Piped: false }).ToArray();
        if (kill.Name is "pkill" or "killall")
        {
            // By the name, or all children of the shell.
            var isOfShell = kill.Arguments.SkipWhile(word => word is not ("-P" or "--parent")).Skip(1).FirstOrDefault() is "$$" or "$BASHPID";
            return Array.FindAll(background, launch => isOfShell || (launch.Srun is not null && kill.Arguments.Contains("srun", StringComparer.Ordinal)));
        }

        foreach (var word in kill.Arguments.Where(word => word is not ['-', >= 'A' and <= 'Z', ..] and not ['-', >= '0' and <= '9', ..]))
        {
            if (word.Contains("jobs -p", StringComparison.Ordinal) || word is "0" or "-$$")
                return background;
            if (word is "$!" or "%1" or "%%" or "%+")
                return background is [.., var last] ? [last] : [];
            var name = word.TrimStart('-').Trim('$', '{', '}', '"');
            if (name.IndexOf('[', StringComparison.Ordinal) is var bracket and > 0)
                name = name[..bracket];
            Launch[] targets =
            [
                .. from set in Commands.Index()
                   where set.Index > 0 && set.Item.Assignments.Any(assigned => assigned.Name == name && HoldsPid(assigned))
                   let target = Array.Find(background, launch => ReferenceEquals(launch.Command, Commands[set.Index - 1]))
                   where target is not null
                   select target,
            ];
            if (targets.Length > 0)
                return targets;
        }

        return [];
    }

    // pid=$!, pids+=($!), pids="$pids $!".
    private static bool HoldsPid(ShellAssignment assigned) =>
        assigned.Value is "$!" or "${!}" || (assigned.Value.EndsWith(" $!", StringComparison.Ordinal) && assigned.Value.StartsWith('$') | assigned.Appends)
        || assigned.Items?.Any(item => item.Text is "$!" or "${!}") == true;

    /// <summary>The signal that a kill sends; null where that is not known.</summary>
    public static int? SignalOf(ShellCommand kill)
    {
        var words = kill.Arguments.ToArray();
        var name = words switch
        {
            ["-s" or "-n" or "--signal", var given, ..] => given,
            [['-', '-', 's', 'i', 'g', 'n', 'a', 'l', '=', .. var given], ..] => given,
            [['-', not '-', ..] given, ..] when !given.Contains('$', StringComparison.Ordinal) => given[1..],
            _ => "TERM",
        };
        return SlurmSignals.TryParse(name, out var signal) ? signal : null;
    }

    /// <summary>The tests that decide whether a command in a branch runs; empty where none was found, or it is in the branch of else.</summary>
    public static IReadOnlyList<ShellCommand> ConditionsOf(IReadOnlyList<ShellCommand> commands, ShellCommand command)
    {
        return command.Place is { Conditional: false } or { Else: true } ? [] : Guards(commands, command);
    }

    /// <summary>The tests by which a command in the branch of else is not passed by; empty where it has elif before it.</summary>
    public static IReadOnlyList<ShellCommand> AlternativeOf(IReadOnlyList<ShellCommand> commands, ShellCommand command) =>
        Guards(commands, command) is var guards && guards.Any(guard => guard.Place.Conditional) ? [] : guards;

    // The nearest first.
    private static List<ShellCommand> Guards(IReadOnlyList<ShellCommand> commands, ShellCommand command)
    {
        var at = commands.Count - 1;
        while (at >= 0 && !ReferenceEquals(commands[at], command))
            at--;
        for (at--; at >= 0 && !commands[at].Place.Guarded && commands[at].Place.Conditional; at--)
        {
        }

        var conditions = new List<ShellCommand>();
        for (; at >= 0 && commands[at].Place.Guarded; at--)
            conditions.Add(commands[at]);
        return conditions;
    }

    // In a shell that has read other files, a word without a folder may be a function; of programs that everybody knows it is none.
    private Launch Known(Launch launch) =>
        launch.MayBeFunction && _reader.ReadsOthers ? launch with { MayStartSteps = true, Between = Between.Unknown } : launch;

    private bool MayBeTrappingFunction(ShellCommand command) =>
        command.Place is { Background: false, Subshell: false, Substitution: false, Piped: false } && LaunchReader.Read(command) is { MayBeFunction: true } launch
        && (_reader.ReadsOthers || launch.Program.Any(word => word.Text.Contains("trap", StringComparison.OrdinalIgnoreCase)));

    private static bool IsAlike(Launch one, Launch other) =>
        one.Srun is null == other.Srun is null && one.ReplacesShell == other.ReplacesShell && one.UnderCairn == other.UnderCairn && one.Between == other.Between
        && one.MayStartSteps == other.MayStartSteps && one.Command.Place.Background == other.Command.Place.Background;
}
