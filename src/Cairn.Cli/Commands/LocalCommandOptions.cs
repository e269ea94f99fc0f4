using System.CommandLine;
using System.Globalization;
using System.Text;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.Help;
using Cairn.Cli.LocalScheduler;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.Output;
using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Commands;

/// <summary>The options of <c>cairn local</c>, and how they and a script's directives become one request.</summary>
internal sealed class LocalCommandOptions
{
    private const int MostTasks = 1024;

    private readonly Option<string?> _time = new("--time", "-t") { HelpName = "TIME", Description = $"wall time of an attempt: {TimeLimit.Forms} [no limit]" };
    private readonly Option<string?> _signal = new("--signal") { HelpName = "[B:]SIGNAL[@LEAD]", Description = "warning before the limit, as USR2@8s; B: to the batch shell alone; a lead without a unit counts seconds [none; @60]" };
    private readonly Option<string?> _rehearse = new("--rehearse") { HelpName = "DURATION", Description = $"play a job of hours in short, as it is: an attempt's wall time is DURATION instead of the limit, all leads shrink with it, and after {Rehearsal.Attempts} attempts it ends with 0" };
    private readonly Option<string> _killWait = new("--kill-wait") { HelpName = "DURATION", Description = "between TERM and KILL", DefaultValueFactory = _ => "30s" };
    private readonly Option<string> _grace = new("--grace") { HelpName = "DURATION", Description = "grace time of a preemption", DefaultValueFactory = _ => "0s" };
    private readonly Option<string?> _preemptAfter = new("--preempt-after") { HelpName = "DURATION[,...]", Description = "preempt the first attempt so long after its start; several values preempt as many attempts" };
    private readonly Option<string> _preemptMode = new("--preempt-mode") { HelpName = "requeue|cancel", Description = "what becomes of a preempted job (PreemptMode)", DefaultValueFactory = _ => "requeue" };
    private readonly Option<bool> _preemptSignal = new("--preempt-signal") { Description = "a preemption begins with the job's own --signal instead of TERM (preempt_send_user_signal)" };
    private readonly Option<int?> _arrayTask = new("--array-task") { HelpName = "N", Description = "the job is element N of a job array; needed for a script with --array" };
    private readonly Option<int> _maxAttempts = new("--max-attempts") { HelpName = "N", Description = $"begin the job at most so many times; with --rehearse {Rehearsal.Attempts}", DefaultValueFactory = _ => 50 };
    private readonly Option<string> _requeueDelay = new("--requeue-delay") { HelpName = "DURATION", Description = "a requeued job waits so long (on a cluster about 120 s)", DefaultValueFactory = _ => "1s" };
    private readonly Option<bool> _noRequeue = new("--no-requeue") { Description = "refuse scontrol requeue, until the job switches it on with scontrol update" };
    private readonly Option<string?> _form = new("--form") { HelpName = "srun|exec|child|task-child", Description = "how the program is launched, which decides what it hears [srun]" };
    private readonly Option<string> _slurm = new("--slurm") { HelpName = "22|24", Description = "the release to imitate: on 22 a preempted job that exits 0 without a requeue is lost, and SLURM_JOB_END_TIME is not set; on 24 a job that was requeued at the end of its grace is requeued once more when it finishes", DefaultValueFactory = _ => "24" };
    private readonly Option<string?> _output = new("--output", "-o") { HelpName = "FILE", Description = "append the output of all attempts to this log (%j and %x as in Slurm); - for standard output" };
    private readonly Option<int?> _tasks = new("--ntasks", "-n") { HelpName = "N", Description = "tasks under srun [1]" };
    private readonly Option<int?> _nodes = new("--nodes", "-N") { HelpName = "N", Description = "play so many nodes on this machine [1]" };
    private readonly Option<string?> _name = new("--job-name", "-J") { HelpName = "NAME", Description = "SLURM_JOB_NAME [the program's or the script's name]" };
    private readonly Option<string?> _partition = new("--partition", "-p") { HelpName = "NAME", Description = "SLURM_JOB_PARTITION [local]" };
    private readonly Option<string?> _checkpoints = new("--checkpoint-dir") { HelpName = "DIR", Description = "CAIRN_CHECKPOINT_DIR for the program" };
    private readonly Option<string> _format = OutputFormat.Option("text", "the report at the end: a table on standard error, or JSON on standard output");
    private readonly Option<string?> _report = new("--report") { HelpName = "FILE", Description = "write the report as JSON to this file" };

    public IReadOnlyList<Option> All =>
    [
        _time, _signal, _rehearse, _killWait, _grace, _preemptAfter, _preemptMode, _preemptSignal, _maxAttempts, _requeueDelay, _noRequeue, _form, _slurm, _output,
        _nodes, _tasks, _arrayTask, _name, _partition, _checkpoints, _format, _report,
    ];

    /// <param name="parsed">The command line.</param>
    /// <param name="before">The words before --: a script and its arguments.</param>
    /// <param name="after">The words after --: a program, or with a script more of its arguments.</param>
    /// <exception cref="UsageException">A value that cannot be; the message says what can.</exception>
    /// <exception cref="BatchScriptException">A script that sbatch would refuse, or that needs more than one machine.</exception>
    public LocalOptions Read(ParseResult parsed, string[] before, string[] after)
    {
        // What the parser does not know as an option it takes for a word.
        if (Array.Find(before, word => word.Length > 1 && word[0] == '-') is { } unknown)
            throw new UsageException($"{UnknownWord.Option(parsed.CommandResult.Command, unknown)} What is meant for the program or the script goes after --.");
        if (before.Length > 0 && !File.Exists(before[0]) && Executables.IsInPath(before[0]))
            throw new UsageException($"There is no script '{before[0]}' here. A program goes after --: cairn local -- {string.Join(' ', before)}");
        var script = before.Length > 0 ? BatchScript.Read(before[0]) : null;
        string[] command = [.. before.Skip(1), .. after];
        if (script is null && command.Length == 0)
            throw new UsageException("Nothing to run. Give a batch script (cairn local job.sh), or a program after -- (cairn local -- PROGRAM ARGS).");
        if (script is not null && parsed.GetValue(_form) is not null)
            throw new UsageException("--form is for programs: a batch script launches its program itself.");
        int? arrayTask = parsed.GetValue(_arrayTask) is { } given ? InArray("--array-task", given) : null;
        var directives = script is null ? new ScriptRequest() : ScriptRequest.Of(script, arrayTask);
        var limit = parsed.GetValue(_time) is { } time ? Time(time) : directives.Limit;
        var warning = parsed.GetValue(_signal) is { } signal ? Warning(signal) : directives.Warning;
        if (warning is not null && limit is null && parsed.GetValue(_rehearse) is null)
            throw new UsageException($"--signal {warning} comes before the limit, but there is none: add --time.");
        var output = parsed.GetValue(_output);
        var job = Job(parsed, limit, warning, directives.Requeueable);
        var rehearsal = parsed.GetValue(_rehearse) is { } attempt
            ? Rehearsal.Of(IsGiven(parsed, _maxAttempts) ? job : job with { MaxAttempts = Rehearsal.Attempts }, Attempt(attempt), !IsGiven(parsed, _killWait))
            : new Rehearsal(job, 1, []);
        var tasks = parsed.GetValue(_tasks) is { } number ? Positive("--ntasks", number, MostTasks) : directives.Tasks;
        var nodes = parsed.GetValue(_nodes) is { } many ? Positive("--nodes", many, MostTasks) : directives.Nodes;
        var layout = TaskLayout.OfJob(JobEnvironment.Nodes, nodes, tasks, directives.TasksPerNode, out var contradiction);
        if (layout.Tasks > MostTasks)
            throw new UsageException($"{layout.Tasks} tasks on {nodes} nodes: cairn local starts {MostTasks} at most.");
        return new()
        {
            Job = rehearsal.Job,
            LeadFactor = rehearsal.LeadFactor,
            Notes = [.. (script?.PluginOptions ?? []).Select(option => $"{script!.Path}:{option.Line}: --{option.Name} is no option of sbatch itself; where a plugin of the site knows it, it has no effect here"), .. rehearsal.Notes, .. contradiction is null ? [] : (string[])[$"warning: {contradiction}"]],
            Form = script is not null ? LaunchForm.Script : Form(parsed.GetValue(_form)),
            Command = command,
            CommandBytes = [.. before.Skip(1).Select(Encoding.UTF8.GetBytes), .. InheritedBytes.LastArguments(after.Length)],
            Script = script,
            JobName = parsed.GetValue(_name) ?? directives.JobName ?? Path.GetFileName(script?.Path ?? command[0]),
            Partition = parsed.GetValue(_partition) ?? directives.Partition ?? "local",
            Layout = layout,
            SaysTasks = (tasks ?? directives.TasksPerNode) is not null,
            TasksPerNode = directives.TasksPerNode,
            Array = directives.Array ?? (arrayTask is { } task ? ArrayElement.Alone(task) : null),
            CpusPerTask = directives.CpusPerTask,
            Folder = directives.Folder ?? Environment.CurrentDirectory,
            Output = output == "-" ? null : output ?? directives.Output,
            Error = output is null ? directives.Error : null,
            TruncateLog = output is null && !directives.AppendsLog,
            CheckpointFolder = parsed.GetValue(_checkpoints) is { } checkpoints ? Path.GetFullPath(checkpoints) : null,
            JsonReport = OutputFormat.IsJson(parsed.GetValue(_format)!, "text"),
            ReportFile = parsed.GetValue(_report),
        };
    }

    private JobRequest Job(ParseResult parsed, TimeSpan? limit, WarningSignal? warning, bool requeueable) => new()
    {
        Limit = limit,
        Warning = warning,
        KillWait = Duration(parsed, _killWait),
        Grace = Duration(parsed, _grace),
        PreemptAfter = parsed.GetValue(_preemptAfter) is { } list ? [.. list.Split(',').Select(value => Duration("--preempt-after", value))] : [],
        PreemptionCancels = parsed.GetValue(_preemptMode) switch
        {
            "requeue" => false,
            "cancel" => true,
            var other => throw new UsageException($"--preempt-mode {other}: use requeue or cancel."),
        },
        PreemptsByWarning = parsed.GetValue(_preemptSignal),
        MaxAttempts = Positive("--max-attempts", parsed.GetValue(_maxAttempts), 1_000_000),
        RequeueDelay = Duration(parsed, _requeueDelay),
        Requeueable = !parsed.GetValue(_noRequeue) && requeueable,
        Release = parsed.GetValue(_slurm) switch
        {
            "22" => SlurmRelease.Slurm22,
            "24" => SlurmRelease.Slurm24,
            var other => throw new UsageException($"--slurm {other}: only 22 and 24 are imitated."),
        },
    };

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static TimeSpan Attempt(string text) =>
        Durations.TryParse(text, out var duration) && duration >= TimeSpan.FromSeconds(5)
            ? duration
            : throw new UsageException($"--rehearse {text}: how long is an attempt to be, from 5s on? Write {Durations.Forms}.");

    private static TimeSpan? Time(string text) =>
        TimeLimit.TryParse(text, out var limit) ? limit : throw new UsageException($"--time {text} is no time; write {TimeLimit.Forms}.");

    private static WarningSignal Warning(string text) =>
        WarningSignal.TryParse(text, out var warning) ? warning! : throw new UsageException($"--signal {text} is no warning; write {WarningSignal.Forms}.");

    private static TimeSpan Duration(ParseResult parsed, Option<string> option) => Duration(option.Name, parsed.GetValue(option)!);

    // Slurm's settings of these are seconds, so a bare number counts them.
    private static TimeSpan Duration(string option, string text)
    {
        if (Durations.TryParse(text, out var duration))
            return duration;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 10_000_000
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"{option} {text} is no duration; write {Durations.Forms}.");
    }

    private static int Positive(string option, int value, int most) =>
        value >= 1 && value <= most ? value : throw new UsageException($"{option} {value}: use a number from 1 to {most}.");

    private static int InArray(string option, int value) =>
        value is >= 0 and <= ArrayElement.Highest ? value : throw new UsageException($"{option} {value}: use a number from 0 to {ArrayElement.Highest}.");

    private static LaunchForm Form(string? text) => text switch
    {
        null or "srun" => LaunchForm.Srun,
        "exec" => LaunchForm.Exec,
        "child" => LaunchForm.Child,
        "task-child" => LaunchForm.TaskChild,
        _ => throw new UsageException($"--form {text}: use srun, exec, child or task-child."),
    };
}
