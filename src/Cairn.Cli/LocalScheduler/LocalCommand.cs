using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.SlurmNotation;

namespace Cairn.Cli.LocalScheduler;

/// <summary><c>cairn local</c>: its options, and what of a batch script counts where they say nothing.</summary>
internal static class LocalCommand
{
    private const string Examples =
        """

        Examples:
          cairn local --time 20s --signal USR2@8s -- python3 train.py
          cairn local --time 10 --form child -- ./train        a plain child of the batch shell hears nothing
          cairn local --preempt-after 30s --grace 20s --slurm 22 -- ./train
          cairn local job.sh                                   a batch script: its #SBATCH lines count, srun works

        The program is started, warned, ended and started again as Slurm does it on a cluster that tracks processes by
        cgroups: with SLURM_* variables, and scontrol (requeue, show job, show config, update), squeue, scancel and srun.
        Without -- the argument is a batch script, with it a program.

        Not imitated: job arrays, heterogeneous jobs, several nodes, memory limits, suspension.

        Exit codes: the job's own; 124 ended by the time limit; 130 by Ctrl-C, 143 by TERM or scancel; 75 --max-attempts
        reached; 2 wrong usage; 1 cairn itself failed.
        """;

    private static readonly string[] Understood =
        ["time", "signal", "requeue", "no-requeue", "output", "error", "open-mode", "ntasks", "job-name", "partition"];

    public static Command Create(string[] commandLine)
    {
        var time = new Option<string?>("--time", "-t") { Description = "Wall time of an attempt: 10 (minutes), hh:mm:ss, d-hh:mm:ss, or 20s, 5m, 2h. Default: unlimited.", HelpName = "TIME" };
        var signal = new Option<string?>("--signal") { Description = "Warning before the limit, to the tasks, or with B: to the batch shell alone. Default: none.", HelpName = "[B:]SIGNAL@LEAD" };
        var killWait = new Option<string?>("--kill-wait") { Description = "Between TERM and KILL, as Slurm's KillWait. Default: 30s.", HelpName = "TIME" };
        var preemptAfter = new Option<string?>("--preempt-after") { Description = "Preempt the first attempt, so long after its start. Default: never.", HelpName = "TIME" };
        var grace = new Option<string?>("--grace") { Description = "From a preemption's TERM to the kill, as Slurm's GraceTime. Default: 0s.", HelpName = "TIME" };
        var delay = new Option<string?>("--requeue-delay") { Description = "Until a requeued job starts again (about two minutes on a cluster). Default: 1s.", HelpName = "TIME" };
        var maxAttempts = new Option<int>("--max-attempts") { Description = "No attempt after this many, whoever asks.", DefaultValueFactory = _ => 100, HelpName = "N" };
        var noRequeue = new Option<bool>("--no-requeue") { Description = "The job may not be requeued, until scontrol update Requeue=1." };
        var form = new Option<string>("--form") { Description = "How the program is started, which decides what it hears.", DefaultValueFactory = _ => "srun", HelpName = "srun|exec|child|task-child" };
        form.AcceptOnlyFromAmong("srun", "exec", "child", "task-child");
        var slurm = new Option<int>("--slurm") { Description = "The Slurm that is imitated where they differ.", DefaultValueFactory = _ => 24, HelpName = "22|24" };
        slurm.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (22 or 24))
                result.AddError("--slurm takes 22 or 24.");
        });
        var tasks = new Option<int?>("--ntasks", "-n") { Description = "Tasks that srun starts. Default: 1.", HelpName = "N" };
        var name = new Option<string?>("--job-name", "-J") { Description = "The job's name. Default: the program's.", HelpName = "NAME" };
        var partition = new Option<string?>("--partition", "-p") { Description = "The partition's name. Default: local.", HelpName = "NAME" };
        var output = new Option<string?>("--output", "-o") { Description = "Append what the program writes to this file (%j, %x). Default: it goes to the terminal.", HelpName = "FILE" };
        var report = new Option<string?>("--report") { Description = "Write the attempts as JSON to this file.", HelpName = "FILE" };
        var program = new Argument<string[]>("program") { Description = "A batch script; or, after --, a program and its arguments.", Arity = ArgumentArity.OneOrMore };

        var command = new Command("local", "One machine stands in for Slurm: time limit, warning, kill, preemption, requeue.")
        {
            time, signal, killWait, preemptAfter, grace, delay, maxAttempts, noRequeue, form, slurm, tasks, name, partition, output, report, program,
        };
        command.SetAction(parsed =>
        {
            var words = parsed.GetRequiredValue(program);
            var script = commandLine.Contains("--", StringComparer.Ordinal) ? null : BatchScript.Read(words[0]);
            var directives = new DirectiveValues(script, Understood);
            if (parsed.GetValue(maxAttempts) < 1)
                throw new UsageException($"--max-attempts {parsed.GetValue(maxAttempts)}: at least one attempt is needed.");
            var ntasks = parsed.GetValue(tasks) ?? directives.Number("ntasks") ?? 1;
            if (ntasks is < 1 or > 1024)
                throw new UsageException($"--ntasks {ntasks}: 1 to 1024 are possible here.");
            var settings = new JobSettings
            {
                Name = parsed.GetValue(name) ?? directives["job-name"] ?? Path.GetFileName(words[0]),
                Partition = parsed.GetValue(partition) ?? directives["partition"] ?? "local",
                TimeLimit = (parsed.GetValue(time) ?? directives["time"]) is { } limit ? SlurmDuration.ParseLimit(limit, "--time") : null,
                Warning = (parsed.GetValue(signal) ?? directives["signal"]) is { } warning ? WarningSignal.Parse(warning) : null,
                KillWait = Wait(killWait, "30s"),
                PreemptAfter = parsed.GetValue(preemptAfter) is { } preemption ? SlurmDuration.ParseSeconds(preemption, "--preempt-after") : null,
                Grace = Wait(grace, "0s"),
                RequeueDelay = Wait(delay, "1s"),
                MaxAttempts = parsed.GetValue(maxAttempts),
                Requeue = !parsed.GetValue(noRequeue) && !directives.Has("no-requeue"),
                Release = (SlurmRelease)parsed.GetValue(slurm),
                Tasks = ntasks,
            };
            if (settings.Warning is not null && settings.TimeLimit is null)
                throw new UsageException("--signal warns before the time limit, so it needs --time.");
            var launch = new Launch(
                script,
                words,
                parsed.GetRequiredValue(form) switch { "exec" => LaunchForm.Exec, "child" => LaunchForm.Child, "task-child" => LaunchForm.TaskChild, _ => LaunchForm.Srun },
                parsed.GetValue(output) ?? directives["output"],
                parsed.GetValue(output) is null ? directives["error"] : null);
            using var scheduler = new Scheduler(settings, launch, directives.PassedOver);
            return scheduler.Run(parsed.GetValue(report));

            TimeSpan Wait(Option<string?> option, string otherwise) => SlurmDuration.ParseSeconds(parsed.GetValue(option) ?? otherwise, option.Name);
        });
        WithExamples(command);
        return command;
    }

    private static void WithExamples(Command command)
    {
        var help = new HelpOption();
        var usual = (SynchronousCommandLineAction)help.Action!;
        help.Action = new HelpWithExamples(usual);
        command.Options.Add(help);
    }

    private sealed class HelpWithExamples(SynchronousCommandLineAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = usual.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(Examples);
            return code;
        }
    }
}
