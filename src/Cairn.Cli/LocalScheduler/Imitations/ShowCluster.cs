using System.Globalization;
using System.Text;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary><c>scontrol show config</c> and <c>show partition</c>: how the cluster is set up that this machine stands in for.</summary>
internal static class ShowCluster
{
    public static string Version(JobView view) => view.Options.Job.Release == SlurmRelease.Slurm22 ? "22.05.8" : "24.11.5";

    public static string Config(JobView view)
    {
        var request = view.Options.Job;
        (string Name, string Value)[] settings =
        [
            ("ClusterName", "cairn-local"),
            ("JobRequeue", "1"),
            ("KillWait", $"{Seconds(request.KillWait)} sec"),
            ("MaxArraySize", "1001"),
            ("OverTimeLimit", "0 min"),
            ("PreemptMode", Mode(request)),
            ("PreemptType", "preempt/partition_prio"),
            ("PreemptExemptTime", "00:00:00"),
            ("ProctrackType", "proctrack/cgroup"),
            ("SLURM_VERSION", Version(view)),
            ("SlurmctldParameters", request.PreemptsByWarning ? "preempt_send_user_signal" : "(null)"),
        ];
        var text = new StringBuilder($"Configuration data as of {new SlurmClock(null, view.Time.LocalTimeZone).Format(view.Time.GetUtcNow())}\n");
        foreach (var (name, value) in settings)
            text.Append(CultureInfo.InvariantCulture, $"{name,-23} = {value}\n");
        return text.ToString();
    }

    public static string Partition(JobView view, bool oneLine) => Record.Text(
        [
            $"PartitionName={view.Options.Partition}",
            "AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL",
            "AllocNodes=ALL Default=YES QoS=N/A",
            $"DefaultTime=NONE DisableRootJobs=NO ExclusiveUser=NO GraceTime={Seconds(view.Options.Job.Grace)} Hidden=NO",
            $"MaxNodes={view.Options.Layout.Nodes.Count} MaxTime=UNLIMITED MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED",
            $"Nodes={view.Options.Layout.NodeList}",
            "PriorityJobFactor=1 PriorityTier=1 RootOnly=NO ReqResv=NO OverSubscribe=NO",
            $"OverTimeLimit=NONE PreemptMode={Mode(view.Options.Job)}",
            string.Create(CultureInfo.InvariantCulture, $"State=UP TotalCPUs={view.Options.Layout.Nodes.Count * Environment.ProcessorCount} TotalNodes={view.Options.Layout.Nodes.Count} SelectTypeParameters=NONE"),
        ],
        oneLine);

    private static string Mode(JobRequest request) => request.PreemptionCancels ? "CANCEL" : "REQUEUE";

    // Slurm counts whole seconds; less than one is not none.
    private static string Seconds(TimeSpan time) => Math.Ceiling(time.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
}
