using System.Globalization;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>The text of <c>scontrol show job</c>, in Slurm's order and form.</summary>
internal static class ShowJob
{
    public static string Text(JobView view, SlurmClock clock, bool oneLine)
    {
        var (job, options) = (view.Job, view.Options);
        var requeue = job.Requeueable ? 1 : 0;
        var exit = job.ExitStatus;
        var array = options.Array is { } element ? string.Create(CultureInfo.InvariantCulture, $"ArrayJobId={view.RawId} ArrayTaskId={element.Task} ") : "";
        var onNode = view.Nodes.Length > 0;
        var command = options.Script is { } script ? Path.GetFullPath(script.Path) : string.Join(' ', options.Command);
        var user = $"{Environment.UserName}({Libc.GetUid()})";
        // Where no log was named the output goes where that of cairn local goes.
        var output = options.Output ?? "/dev/stdout";
        string[] lines =
        [
            $"JobId={view.RawIdText} {array}JobName={options.JobName}",
            $"UserId={user} GroupId={Libc.GetGid()}({Libc.GetGid()}) MCS_label=N/A",
            "Priority=1 Nice=0 Account=(null) QOS=(null)",
            $"JobState={job.State.Name()} Reason={job.Reason} Dependency=(null)",
            $"Requeue={requeue} Restarts={job.Restarts} BatchFlag=1 Reboot=0 ExitCode={exit.Code}:{exit.Signal}",
            $"RunTime={Elapsed(job.RunTime)} TimeLimit={TimeLimit.Format(job.Limit)} TimeMin=N/A",
            $"SubmitTime={clock.Format(view.Submitted)} EligibleTime={clock.Format(view.Submitted)}",
            $"AccrueTime={clock.Format(view.Submitted)}",
            $"StartTime={clock.Format(job.StartTime)} EndTime={clock.Format(job.ShownEndTime)} Deadline=N/A",
            .. onNode ? [$"PreemptEligibleTime={clock.Format(job.StartTime)} PreemptTime={OrNone(job.PreemptTime)}"] : (string[])[],
            string.Create(CultureInfo.InvariantCulture, $"SuspendTime={OrNone(job.SuspendTime)} SecsPreSuspend={Math.Floor(job.RanBeforeSuspend.TotalSeconds)} LastSchedEval={clock.Format(job.StartTime)} Scheduler=Main"),
            $"Partition={options.Partition} AllocNode:Sid={JobEnvironment.Node}:{view.RawIdText}",
            "ReqNodeList=(null) ExcNodeList=(null)",
            $"NodeList={view.Nodes}",
            .. onNode ? [$"BatchHost={JobEnvironment.Node}"] : (string[])[],
            string.Create(CultureInfo.InvariantCulture, $"NumNodes={options.Layout.Nodes.Count} NumCPUs={options.Layout.Nodes.Count * Environment.ProcessorCount} NumTasks={options.Layout.Tasks} CPUs/Task={options.CpusPerTask ?? "1"} ReqB:S:C:T=0:0:*:*"),
            $"Command={command}",
            $"WorkDir={options.Folder}",
            $"StdErr={options.Error ?? output}",
            "StdIn=/dev/null",
            $"StdOut={output}",
        ];
        return Record.Text(lines, oneLine);

        string OrNone(DateTimeOffset? instant) => instant is null ? "None" : clock.Format(instant);
    }

    // A time that ran, unlike a limit, is rounded down.
    private static string Elapsed(TimeSpan time) => TimeLimit.Format(TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds)));
}
