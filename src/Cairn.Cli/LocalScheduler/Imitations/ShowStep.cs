using System.Globalization;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary><c>scontrol show step [JOB[.STEP]]</c>. A job that is back in the queue has no steps, whatever still runs.</summary>
internal static class ShowStep
{
    public static Reply Run(JobView view, string? id, SlurmClock clock, bool oneLine)
    {
        var parts = id?.Split('.', 2) ?? [];
        if (parts.Length > 0 && !view.Is(parts[0]))
            return Reply.Failed("slurm_get_job_steps error: Invalid job id specified");
        var steps = Steps(view, clock).Where(step => parts.Length < 2 || step.Name == parts[1]).ToList();
        return steps.Count > 0 || parts.Length == 0
            ? new(0, string.Concat(steps.Select(step => Record.Text(step.Lines, oneLine))))
            : Reply.Failed($"Job step {parts[0]}.{parts.ElementAtOrDefault(1)} not found");
    }

    private static IEnumerable<(string Name, string[] Lines)> Steps(JobView view, SlurmClock clock)
    {
        if (view.Nodes.Length == 0 || view.Processes() is not { } processes)
            yield break;
        if (processes.HasBatchShell)
            yield return ("batch", Lines("batch", view.Job.StartTime, cpus: 0, new([JobEnvironment.Node], 1), "batch", ""));
        foreach (var step in processes.Steps)
        {
            var number = step.Number.ToString(CultureInfo.InvariantCulture);
            yield return (number, Lines(number, step.Started, step.Layout.Tasks, step.Layout, step.Name, " Dist=Cyclic"));
        }

        string[] Lines(string step, DateTimeOffset? started, int cpus, TaskLayout layout, string name, string distribution) =>
        [
            $"StepId={view.Id}.{step} UserId={Libc.GetUid()} StartTime={clock.Format(started)} TimeLimit=UNLIMITED",
            $"State=RUNNING Partition={view.Options.Partition} NodeList={layout.NodeList}",
            string.Create(CultureInfo.InvariantCulture, $"Nodes={layout.Nodes.Count} CPUs={cpus} Tasks={layout.Tasks} Name={name} Network=(null)"),
            "TRES=(null)",
            "ResvPorts=(null)",
            "CPUFreqReq=Default" + distribution,
            step == "batch" ? "SrunHost:Pid=(null):0" : $"SrunHost:Pid={JobEnvironment.Node}:{view.RawIdText}",
        ];
    }
}
