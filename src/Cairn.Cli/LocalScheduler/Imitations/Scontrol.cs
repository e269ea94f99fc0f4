using System.Globalization;
using System.Text;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary><c>scontrol</c> for one job: show job, config and hostnames; requeue; update; write batch_script; ping.</summary>
internal sealed class Scontrol(JobView view)
{
    private const string Imitated = "show job|partition|config|hostnames, requeue, suspend, resume, update, write batch_script, ping";

    public Reply Run(Request request)
    {
        var oneLine = false;
        var words = new List<string>();
        foreach (var argument in request.Arguments)
        {
            switch (argument)
            {
                case "-o" or "--oneliner":
                    oneLine = true;
                    break;
                case "-d" or "-dd" or "--details" or "-a" or "--all" or "-Q" or "--quiet" or "-v" or "--verbose":
                    break;
                case "-V" or "--version":
                    return new(0, $"slurm-wlm {Version} (imitated by cairn local)\n");
                default:
                    if (argument.StartsWith('-') && words.Count == 0)
                        return NotImitated($"the option {argument}");
                    words.Add(argument);
                    break;
            }
        }

        var clock = new SlurmClock(request.TimeFormat, view.Time.LocalTimeZone);
        return words.FirstOrDefault() switch
        {
            "show" => Show(words[1..], clock, oneLine),
            "requeue" => Requeue(words[1..]),
            "suspend" => OnJob(words[1..], view.Job.Suspend),
            "resume" => OnJob(words[1..], view.Job.Resume),
            "update" => Update(words[1..]),
            "write" when words.ElementAtOrDefault(1) == "batch_script" => WriteScript(words[2..]),
            "ping" => new(0, $"Slurmctld(primary) at {JobEnvironment.Node} is UP\n"),
            null => NotImitated("its interactive mode"),
            var other => NotImitated($"'{other}'"),
        };
    }

    private string Version => view.Options.Job.Release == SlurmRelease.Slurm22 ? "22.05.8" : "24.11.5";

    private static Reply NotImitated(string what) =>
        Reply.Failed($"scontrol: error: cairn local does not imitate {what}; it knows {Imitated}");

    private Reply Show(List<string> words, SlurmClock clock, bool oneLine)
    {
        // "show job=7" and "show job 7" are the same.
        List<string> parts = [.. words.Take(1).SelectMany(word => word.Split('=', 2)), .. words.Skip(1)];
        switch (parts.FirstOrDefault())
        {
            case "job" or "jobs" or "jobid":
                if (parts.Count > 1 && !view.Is(parts[1]))
                    return Reply.Failed("slurm_load_jobs error: Invalid job id specified");
                return new(0, ShowJob.Text(view, clock, oneLine));
            case "partition" or "partitions":
                return parts.Count == 1 || parts[1] == view.Options.Partition
                    ? new(0, Partition(oneLine))
                    : Reply.Failed($"Partition {parts[1]} not found");
            case "config":
                return new(0, Config());
            case "hostnames" or "hostname":
                return HostNames.TryExpand(parts.ElementAtOrDefault(1) ?? JobEnvironment.Node, out var names)
                    ? new(0, string.Concat(names.Select(name => name + "\n")))
                    : Reply.Failed($"Invalid hostlist: {parts[1]}");
            default:
                return NotImitated($"show {string.Join(' ', words)}".TrimEnd());
        }
    }

    private string Config()
    {
        var request = view.Options.Job;
        (string Name, string Value)[] settings =
        [
            ("ClusterName", "cairn-local"),
            ("JobRequeue", "1"),
            ("KillWait", Seconds(request.KillWait)),
            ("MaxArraySize", "0"),
            ("OverTimeLimit", "0 min"),
            ("PreemptMode", PreemptMode),
            ("PreemptType", "preempt/partition_prio"),
            ("PreemptExemptTime", "00:00:00"),
            ("ProctrackType", "proctrack/cgroup"),
            ("SLURM_VERSION", Version),
            ("SlurmctldParameters", request.PreemptsByWarning ? "preempt_send_user_signal" : "(null)"),
        ];
        var text = new StringBuilder($"Configuration data as of {new SlurmClock(null, view.Time.LocalTimeZone).Format(view.Time.GetUtcNow())}\n");
        foreach (var (name, value) in settings)
            text.Append(CultureInfo.InvariantCulture, $"{name,-23} = {value}\n");
        return text.ToString();

        static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0} sec");
    }

    private string PreemptMode => view.Options.Job.PreemptionCancels ? "CANCEL" : "REQUEUE";

    private string Partition(bool oneLine)
    {
        var grace = Math.Ceiling(view.Options.Job.Grace.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string[] lines =
        [
            $"PartitionName={view.Options.Partition}",
            "AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL",
            "AllocNodes=ALL Default=YES QoS=N/A",
            $"DefaultTime=NONE DisableRootJobs=NO ExclusiveUser=NO GraceTime={grace} Hidden=NO",
            "MaxNodes=1 MaxTime=UNLIMITED MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED",
            $"Nodes={JobEnvironment.Node}",
            "PriorityJobFactor=1 PriorityTier=1 RootOnly=NO ReqResv=NO OverSubscribe=NO",
            $"OverTimeLimit=NONE PreemptMode={PreemptMode}",
            string.Create(CultureInfo.InvariantCulture, $"State=UP TotalCPUs={Environment.ProcessorCount} TotalNodes=1 SelectTypeParameters=NONE"),
        ];
        return oneLine ? string.Join(' ', lines) + "\n" : string.Join("\n   ", lines) + "\n\n";
    }

    private Reply OnJob(List<string> words, Func<string?> act)
    {
        if (words.Count == 0)
            return Reply.Failed("too few arguments for keyword");
        if (!view.Is(words[0]))
            return Reply.Failed($"Invalid job id specified for job {words[0]}");
        return act() is { } refusal ? Reply.Failed($"{refusal} for job {words[0]}") : new(0);
    }

    private Reply Requeue(List<string> words)
    {
        if (words.Count == 0)
            return Reply.Failed("too few arguments for keyword:requeue");
        foreach (var id in words[0].Split(','))
        {
            if (!view.Is(id))
                return Reply.Failed($"Invalid job id specified for job {id}");
            if (view.Job.Requeue() is { } refusal)
                return Reply.Failed($"{refusal} for job {id}");
        }

        return new(0);
    }

    private Reply Update(List<string> words)
    {
        var settings = new List<(string Name, string Value)>();
        foreach (var word in words)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                return Reply.Failed($"Invalid input: {word}  Request aborted");
            settings.Add((word[..equals].TrimEnd('+', '-'), word[(equals + 1)..]));
        }

        if (settings.Find(setting => Named(setting, "nodename")).Value is { } node)
            return UpdateNode(node, settings.Find(setting => Named(setting, "state")).Value);
        var id = settings.Find(setting => Named(setting, "jobid", "job")).Value;
        if (id is null)
            return NotImitated("an update of anything but a job (jobid=ID) or the node (nodename=NODE)");
        if (!view.Is(id))
            return Reply.Failed($"Invalid job id specified for job {id}\nslurm_update error: Invalid job id specified");
        foreach (var setting in settings)
        {
            var refusal = Apply(setting);
            if (refusal is not null)
                return Reply.Failed(refusal);
        }

        return new(0);
    }

    // The node is there again at once: there is no other for the job to go to.
    private Reply UpdateNode(string node, string? state)
    {
        if (node != JobEnvironment.Node)
            return Reply.Failed("slurm_update error: Invalid node name specified");
        switch (state?.ToUpperInvariant())
        {
            case "DOWN":
                view.Job.FailNode();
                return new(0);
            case "RESUME" or "IDLE":
                return new(0);
            default:
                return NotImitated($"a node's state={state}; it knows DOWN and RESUME");
        }
    }

    private string? Apply((string Name, string Value) setting)
    {
        if (Named(setting, "jobid", "job"))
            return null;
        if (Named(setting, "requeue"))
        {
            if (setting.Value is not ("0" or "1"))
                return $"Invalid Requeue value: {setting.Value}";
            return view.Job.SetRequeueable(setting.Value == "1") is { } refusal ? $"{refusal} for job {view.IdText}" : null;
        }

        if (Named(setting, "timelimit"))
            return SetLimit(setting.Value);
        if (Named(setting, "endtime"))
        {
            return TryInstant(setting.Value, out var end)
                ? view.Job.SetEnd(end)
                : $"Invalid time specification {setting.Value}: use unix seconds, now+SECONDS or 2030-01-31T12:00:00";
        }

        return $"scontrol: error: cairn local does not imitate update {setting.Name}=; it knows Requeue=, TimeLimit= and EndTime=";
    }

    private string? SetLimit(string value)
    {
        var sign = value.FirstOrDefault() switch { '+' => 1, '-' => -1, _ => 0 };
        if (!TimeLimit.TryParse(value[Math.Abs(sign)..], out var limit))
            return $"Invalid TimeLimit value {value}: use {TimeLimit.Forms}";
        if (sign != 0)
        {
            if (view.Job.Limit is not { } old || limit is null)
                return $"Invalid TimeLimit value {value}: the job has no limit to change by so much";
            limit = old + (sign * limit);
            if (limit <= TimeSpan.Zero)
                return $"Invalid TimeLimit value {value}: nothing would be left";
        }

        view.Job.SetLimit(limit);
        return null;
    }

    private bool TryInstant(string text, out DateTimeOffset instant)
    {
        if (text.StartsWith("now+", StringComparison.Ordinal) && long.TryParse(text[4..].TrimEnd('s'), NumberStyles.None, CultureInfo.InvariantCulture, out var later) && later < int.MaxValue)
        {
            instant = view.Time.GetUtcNow().AddSeconds(later);
            return true;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var unix) && unix <= 253402300799)
        {
            instant = DateTimeOffset.FromUnixTimeSeconds(unix);
            return true;
        }

        instant = default;
        if (!DateTime.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
            return false;
        instant = new(local, view.Time.LocalTimeZone.GetUtcOffset(local));
        return true;
    }

    private Reply WriteScript(List<string> words)
    {
        if (words.Count == 0 || !view.Is(words[0]))
            return Reply.Failed("job script retrieval failed: Invalid job id specified");
        if (view.Options.Script is null)
            return Reply.Failed("job script retrieval failed: Invalid job id specified (cairn local runs a program, not a script)");
        return words.ElementAtOrDefault(1) == "-"
            ? new(0, Encoding.UTF8.GetString(view.Options.Script.Content))
            : NotImitated("write batch_script to a file; ask for it on the output with a last argument of -");
    }

    private static bool Named((string Name, string Value) setting, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
