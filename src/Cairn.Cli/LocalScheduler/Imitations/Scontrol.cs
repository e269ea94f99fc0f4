using System.Globalization;
using System.Text;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary><c>scontrol</c> for one job: show; requeue; suspend and resume; update; write batch_script; ping.</summary>
internal sealed class Scontrol(JobView view)
{
    private const string Imitated = "show job|step|partition|config|hostnames, requeue, suspend, resume, update, write batch_script, ping";

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
                    return new(0, $"slurm-wlm {ShowCluster.Version(view)} (imitated by cairn local)\n");
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
            "suspend" => OnJob("suspend", words[1..], view.Job.Suspend),
            "resume" => OnJob("resume", words[1..], view.Job.Resume),
            "update" => new ScontrolUpdate(view).Run(words[1..]),
            "write" when words.ElementAtOrDefault(1) == "batch_script" => WriteScript(words[2..]),
            "ping" => new(0, $"Slurmctld(primary) at {JobEnvironment.Node} is UP\n"),
            null => NotImitated("its interactive mode"),
            var other => NotImitated($"'{other}'"),
        };
    }

    public static Reply NotImitated(string what) =>
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
            case "step" or "steps":
                return ShowStep.Run(view, parts.ElementAtOrDefault(1), clock, oneLine);
            case "partition" or "partitions":
                return parts.Count == 1 || parts[1] == view.Options.Partition
                    ? new(0, ShowCluster.Partition(view, oneLine))
                    : Reply.Failed($"Partition {parts[1]} not found");
            case "config":
                return new(0, ShowCluster.Config(view));
            case "hostnames" or "hostname":
                return HostNames.TryExpand(parts.ElementAtOrDefault(1) ?? view.Options.Layout.NodeList, out var names)
                    ? new(0, string.Concat(names.Select(name => name + "\n")))
                    : Reply.Failed($"Invalid hostlist: {parts[1]}");
            default:
                return NotImitated($"show {string.Join(' ', words)}".TrimEnd());
        }
    }

    private Reply OnJob(string keyword, List<string> words, Func<string?> act)
    {
        if (words.Count == 0)
            return Reply.Failed($"too few arguments for keyword:{keyword}");
        if (!view.Is(words[0]))
            return Reply.Failed(JobView.Refused(words[0], "Invalid job id specified"));
        return act() is { } refusal ? Reply.Failed(JobView.Refused(words[0], refusal)) : new(0);
    }

    private Reply Requeue(List<string> words)
    {
        if (words.Count == 0)
            return Reply.Failed("too few arguments for keyword:requeue");
        foreach (var id in words[0].Split(','))
        {
            if (!view.Is(id))
                return Reply.Failed(JobView.Refused(id, "Invalid job id specified"));
            if (view.Job.Requeue() is { } refusal)
                return Reply.Failed(JobView.Refused(id, refusal));
        }

        return new(0);
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
}
