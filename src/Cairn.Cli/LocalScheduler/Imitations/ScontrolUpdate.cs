using System.Globalization;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary><c>scontrol update</c> of the job (Requeue=, TimeLimit=, EndTime=) or of its node (State=).</summary>
internal sealed class ScontrolUpdate(JobView view)
{
    public Reply Run(List<string> words)
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
            return UpdateNode(node, settings);
        var id = settings.Find(setting => Named(setting, "jobid", "job")).Value;
        if (id is null)
            return Scontrol.NotImitated("an update of anything but a job (jobid=ID) or the node (nodename=NODE)");
        if (!view.Is(id))
            return Reply.Failed($"{JobView.Refused(id, "Invalid job id specified")}\nslurm_update error: Invalid job id specified");
        foreach (var setting in settings)
        {
            var refusal = Apply(setting);
            if (refusal is not null)
                return Reply.Failed(refusal);
        }

        return new(0);
    }

    // Of several nodes, too, one that fails takes the job with it. It is there again at once: there is no other for the job to go to.
    private Reply UpdateNode(string node, List<(string Name, string Value)> settings)
    {
        if (!view.Options.Layout.Nodes.Contains(node))
            return Reply.Failed("slurm_update error: Invalid node name specified");
        var state = settings.Find(setting => Named(setting, "state")).Value;
        switch (state?.ToUpperInvariant())
        {
            case "DOWN" when !settings.Exists(setting => Named(setting, "reason")):
                return Reply.Failed("You must specify a reason when DOWNING or DRAINING a node. Request denied");
            case "DOWN":
                view.Job.FailNode();
                return new(0);
            case "RESUME" or "IDLE":
                return new(0);
            default:
                return Scontrol.NotImitated($"a node's state={state}; it knows DOWN and RESUME");
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
            return OfJob(view.Job.SetRequeueable(setting.Value == "1"));
        }

        if (Named(setting, "timelimit"))
            return SetLimit(setting.Value);
        if (Named(setting, "endtime"))
        {
            return TryInstant(setting.Value, out var end)
                ? OfJob(view.Job.SetEnd(end))
                : $"Invalid time specification {setting.Value}: use unix seconds, now, now+SECONDS or 2030-01-31T12:00:00";
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

        return OfJob(view.Job.SetLimit(limit));
    }

    private string? OfJob(string? refusal) => refusal is null ? null : JobView.Refused(view.Id, refusal);

    private bool TryInstant(string text, out DateTimeOffset instant)
    {
        if (text == "now")
        {
            instant = view.Time.GetUtcNow();
            return true;
        }

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
