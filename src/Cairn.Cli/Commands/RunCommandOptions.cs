using System.CommandLine;
using System.Globalization;
using Cairn.Cli.Contract;
using Cairn.Cli.Help;
using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;
using Cairn.Cli.Wrapper;
using Cairn.Interruptions.Signals;
using Cairn.Posix;

namespace Cairn.Cli.Commands;

/// <summary>The options of <c>cairn run</c>.</summary>
internal sealed class RunCommandOptions
{
    private readonly Option<bool> _task = new("--task") { Description = "a thin wrapper around one task, inside `cairn run -- srun`: it warns, and neither asks Slurm nor requeues" };
    private readonly Option<string> _signal = new("--signal") { HelpName = "NAME", Description = "the warning that comes, as #SBATCH --signal names it", DefaultValueFactory = _ => "USR2" };
    private readonly Option<string?> _warnWith = new("--warn-with") { HelpName = "NAME", Description = "the signal that the program is warned by, TERM and INT too [the one of --signal]" };
    private readonly Option<string?> _lead = new("--lead") { HelpName = "DURATION", Description = "warn the program so long before the end, if no signal has [60s, or a fifth of the time limit if that is less]" };
    private readonly Option<string?> _checkpoints = new("--checkpoint-dir") { HelpName = "DIR", Description = "CAIRN_CHECKPOINT_DIR for the program; a new or changed file below it is progress" };
    private readonly Option<string?> _done = new("--done-file") { HelpName = "FILE", Description = "the work is done when it exists [the file that CAIRN_DONE_FILE names to the program]" };
    private readonly Option<string?> _stop = new("--stop-file") { HelpName = "FILE", Description = "when it exists, warn the program, end it after the lead, and do not requeue" };
    private readonly Option<string?> _hang = new("--hang-timeout") { HelpName = "DURATION", Description = "nothing new below --checkpoint-dir for so long is a hang: warning, after the lead TERM, 30 s later KILL, requeue" };
    private readonly Option<string> _crashes = new("--requeue-crashes") { HelpName = "N", Description = "requeue a program that failed, until N + 1 failures in a row brought no progress", DefaultValueFactory = _ => "0" };
    private readonly Option<string?> _progress = new("--progress") { HelpName = "GLOB", Description = "progress is a new or changed file with such a name, or with a / in it such a path, below --checkpoint-dir [all but temporary files and logs]" };
    private readonly Option<string> _attempts = new("--max-attempts") { HelpName = "N", Description = "so many attempts at most", DefaultValueFactory = _ => "200" };
    private readonly Option<string?> _notify = new("--notify") { HelpName = "CMD", Description = "a command that is told by JSON on its standard input when the job is requeued, given up, stopped or finished; words, no shell" };
    private readonly Option<bool> _never = new("--no-requeue") { Description = "warn the program, but leave the requeue to somebody else" };
    private readonly Option<bool> _evenCancelled = new("--requeue-if-preemption-cancels") { Description = "requeue also where the partition cancels what it preempts (PreemptMode=CANCEL)" };

    public IReadOnlyList<Option> All => [_task, _signal, _warnWith, _lead, _checkpoints, _done, _stop, _hang, _progress, _crashes, _attempts, _notify, _never, _evenCancelled];

    /// <summary>
    /// Reads the command line without System.CommandLine, whose parser takes longer than all else before the program starts.
    /// Null for what it does not understand: help, and whatever is wrong, are left to that one.
    /// </summary>
    /// <exception cref="UsageException">A value that cannot be; the message says what can.</exception>
    public WrapperOptions? ReadQuickly(ReadOnlySpan<string> arguments)
    {
        var all = All;
        var values = new Dictionary<Option, string>();
        var at = 0;
        for (; at < arguments.Length && arguments[at] != "--"; at++)
        {
            var (name, value) = arguments[at].IndexOf('=', StringComparison.Ordinal) is var equals and > 0
                ? (arguments[at][..equals], arguments[at][(equals + 1)..])
                : (arguments[at], null);
            var option = all.FirstOrDefault(one => one.Name == name);
            if (option is null || values.ContainsKey(option) || (option is Option<bool> && value is not null))
                return null;
            if (option is not Option<bool> && value is null)
            {
                if (at + 1 >= arguments.Length || arguments[at + 1].StartsWith('-'))
                    return null;
                value = arguments[++at];
            }

            if (value is "")
                return null;

            values.Add(option, value ?? "");
        }

        return at + 1 < arguments.Length ? Read(values.GetValueOrDefault, arguments[(at + 1)..].ToArray()) : null;
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="before">The words before --; there must be none.</param>
    /// <param name="command">The words after --.</param>
    /// <exception cref="UsageException">A value that cannot be; the message says what can.</exception>
    public WrapperOptions Read(ParseResult parsed, string[] before, string[] command)
    {
        if (before.Length > 0)
        {
            throw new UsageException(
                before[0].StartsWith('-')
                    ? $"{UnknownWord.Option(parsed.CommandResult.Command, before[0])} What is meant for the program goes after --."
                    : $"The program goes after --: cairn run -- {string.Join(' ', before)}");
        }

        if (command.Length == 0)
            throw new UsageException("Nothing to run. Give a program after --: cairn run -- PROGRAM ARGS");
        return Read(option => parsed.GetResult(option) is { Implicit: false } result ? string.Join(' ', result.Tokens) : null, command);
    }

    private WrapperOptions Read(Func<Option, string?> given, string[] command)
    {
        var warning = Signal(_signal.Name, given(_signal) ?? "USR2", SignalName.ParseWarning);
        var checkpoints = Folder(given(_checkpoints) ?? ProgramVariables.Inherited(ProgramVariables.CheckpointFolder));
        var hang = Duration(given, _hang);
        if (hang is not null && checkpoints is null)
            throw new UsageException("--hang-timeout looks at the checkpoint folder: name it with --checkpoint-dir.");
        var crashes = given(_crashes) ?? "0";
        if (!int.TryParse(crashes, NumberStyles.None, CultureInfo.InvariantCulture, out var requeuedCrashes))
            throw new UsageException($"--requeue-crashes {crashes}: use a number from 0.");
        var most = given(_attempts) ?? "200";
        if (!int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out var mostAttempts) || mostAttempts == 0)
            throw new UsageException($"--max-attempts {most}: use a number from 1.");
        if (given(_progress) is not null && checkpoints is null)
            throw new UsageException("--progress looks into the checkpoint folder: name it with --checkpoint-dir.");
        if (given(_task) is not null)
            RefuseForTask(given);
        return new(command)
        {
            IsTask = given(_task) is not null,
            Warning = warning,
            WarnWith = given(_warnWith) is { } with ? Signal(_warnWith.Name, with, WarnWith) : warning,
            Lead = Duration(given, _lead) * LeadFactor.Here(Environment.GetEnvironmentVariable),
            CheckpointFolder = checkpoints,
            DoneFile = Folder(given(_done)),
            StopFile = Folder(given(_stop)),
            HangTimeout = hang,
            ProgressPattern = given(_progress),
            MaxAttempts = mostAttempts,
            RequeueCrashes = requeuedCrashes,
            Notify = given(_notify)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [],
            NeverRequeues = given(_never) is not null,
            EvenIfPreemptionCancels = given(_evenCancelled) is not null,
        };
    }

    private void RefuseForTask(Func<Option, string?> given)
    {
        foreach (var option in (Option[])[_lead, _done, _stop, _hang, _progress, _crashes, _attempts, _notify, _never, _evenCancelled])
        {
            if (given(option) is not null)
                throw new UsageException($"{option.Name} is for the wrapper of the job, not for that of a task.");
        }
    }

    private static string? Folder(string? path)
    {
        const char unreadable = '\uFFFD'; // what .NET makes of bytes that are no UTF-8: another file's name
        return path?.Contains(unreadable, StringComparison.Ordinal) == true
            ? throw new UsageException($"The path '{path}' is no UTF-8, and the wrapper can use no other: rename the folder, or make a symbolic link to it.")
            : path is { Length: > 0 } ? Path.GetFullPath(path, WorkingDirectory.Path) : null;
    }

    private static int WarnWith(string text) =>
        SignalName.TryParse(text) is { } number and (SignalName.Term or SignalName.Int) ? number : SignalName.ParseWarning(text);

    private static int Signal(string option, string text, Func<string, int> parse)
    {
        try
        {
            return parse(text);
        }
        catch (ArgumentException)
        {
            throw new UsageException($"{option} {text}: that is no signal, or none that can warn; use USR2, USR1 or RTMIN+3.");
        }
    }

    private static TimeSpan? Duration(Func<Option, string?> given, Option option)
    {
        if (given(option) is not { } text)
            return null;
        return Durations.TryParse(text, out var duration) && duration > TimeSpan.Zero
            ? duration
            : throw new UsageException($"{option.Name} {text} is no duration; write {Durations.Forms}.");
    }
}
