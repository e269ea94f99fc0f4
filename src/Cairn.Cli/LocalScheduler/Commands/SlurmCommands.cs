using System.Globalization;
using System.Text;
using Cairn.Cli.LocalScheduler.Link;
using Cairn.Cli.SlurmNotation;
using Cairn.Interruptions.Signals;

namespace Cairn.Cli.LocalScheduler.Commands;

/// <summary><c>scontrol</c>, <c>squeue</c> and <c>scancel</c> for the one job that there is, in Slurm's words.</summary>
/// <param name="job">The job.</param>
/// <param name="jobId">Its id.</param>
/// <param name="raise">Gives the job an event and returns its answer.</param>
internal sealed class SlurmCommands(LocalJob job, string jobId, Func<JobEvent, JobAction.Answer> raise)
{
    /// <summary>Answers a command; what is not known here is refused in a sentence, never guessed.</summary>
    public CommandReply Run(CommandRequest request) => request.Command switch
    {
        "scontrol" => Scontrol(request.Arguments, request.UnixTime),
        "squeue" => Squeue(request.Arguments),
        "scancel" => Scancel(request.Arguments),
        _ => Refuse(request.Command, "is not known here"),
    };

    private CommandReply Scontrol(string[] arguments, bool unixTime)
    {
        // Options change how Slurm prints, not what it does; one line a record is the one that matters to a parser.
        var oneLine = arguments.Any(argument => argument is "-o" or "--oneliner");
        var words = arguments.Where(argument => !argument.StartsWith('-')).ToArray();
        return words switch
        {
            ["requeue", .. { Length: > 0 } ids] => OnJob("scontrol", ids, () => raise(new JobEvent.RequeueAsked())),
            ["show", "job" or "jobs"] => Show(unixTime, oneLine),
            ["show", "job" or "jobs", var id] => IsOurs(id) ? Show(unixTime, oneLine) : Unknown("slurm_load_jobs error"),
            ["show", "config"] => new CommandReply(0, ShowConfig()),
            ["update", .. { Length: > 0 } pairs] => Update(pairs),
            ["requeue" or "update", ..] => Refuse("scontrol", $"{words[0]}: too few arguments"),
            _ => Refuse("scontrol", $"{string.Join(' ', arguments)}: not supported by cairn local (requeue, show job, show config, update are)"),
        };
    }

    private CommandReply Update(string[] pairs)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                return Refuse("scontrol", $"update: '{pair}' is not NAME=VALUE");
            values[pair[..equals]] = pair[(equals + 1)..];
        }

        if (!values.Remove("JobId", out var id))
            return Refuse("scontrol", "update: JobId=ID is missing");
        if (!IsOurs(id))
            return Unknown("scontrol: error");
        var events = new List<JobEvent>();
        foreach (var (name, value) in values)
        {
            switch (name.ToUpperInvariant(), value)
            {
                case ("REQUEUE", "0" or "1"):
                    events.Add(new JobEvent.RequeueSwitched(value == "1"));
                    break;
                case ("TIMELIMIT", "UNLIMITED" or "INFINITE"):
                    events.Add(new JobEvent.TimeLimitSet(null));
                    break;
                case ("TIMELIMIT", _):
                    events.Add(new JobEvent.TimeLimitSet(SlurmDuration.ParseLimit(value, "TimeLimit")));
                    break;
                default:
                    return Refuse("scontrol", $"update {name}={value}: not supported by cairn local (Requeue=0|1 and TimeLimit= are)");
            }
        }

        foreach (var change in events)
            raise(change);
        return CommandReply.Done;
    }

    private CommandReply Squeue(string[] arguments)
    {
        var format = "%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R";
        var header = true;
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "-h" or "--noheader":
                    header = false;
                    break;
                case "-o" or "--format" when i + 1 < arguments.Length:
                    format = arguments[++i];
                    break;
                case "-j" or "--job" or "--jobs" or "-u" or "--user" when i + 1 < arguments.Length:
                    if (arguments[i++] is not ("-u" or "--user") && !IsOurs(arguments[i]))
                        return new CommandReply(1, "", "slurm_load_jobs error: Invalid job id specified\n");
                    break;
                case var option when option.StartsWith("--format=", StringComparison.Ordinal):
                    format = option["--format=".Length..];
                    break;
                case var option when option.StartsWith("--job=", StringComparison.Ordinal) || option.StartsWith("--jobs=", StringComparison.Ordinal):
                    if (!IsOurs(option[(option.IndexOf('=', StringComparison.Ordinal) + 1)..]))
                        return new CommandReply(1, "", "slurm_load_jobs error: Invalid job id specified\n");
                    break;
                case "--me":
                    break;
                default:
                    return Refuse("squeue", $"{arguments[i]}: not supported by cairn local (-j, -h, -o, -u, --me are)");
            }
        }

        return new CommandReply(0, (header ? JobText.QueueHeader(format) : "") + JobText.QueueLine(job, jobId, format));
    }

    private CommandReply Scancel(string[] arguments)
    {
        int? signal = null;
        var to = Hearers.Tasks;
        var ids = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i] is "-s" or "--signal" && i + 1 < arguments.Length ? arguments[++i]
                : arguments[i].StartsWith("--signal=", StringComparison.Ordinal) ? arguments[i]["--signal=".Length..]
                : null;
            if (name is not null)
                signal = SignalName.TryParse(name) ?? throw new UsageException($"scancel: '{name}' is no signal");
            else if (arguments[i] is "-b" or "--batch")
                to = Hearers.BatchShell;
            else if (arguments[i] is "-f" or "--full")
                to = Hearers.Everyone;
            else if (arguments[i].StartsWith('-'))
                return Refuse("scancel", $"{arguments[i]}: not supported by cairn local (--signal, --batch, --full are)");
            else
                ids.Add(arguments[i]);
        }

        if (ids.Count == 0)
            return Refuse("scancel", "error: No job identification provided");
        return OnJob("scancel", ids, () => raise(signal is { } number && number != SignalName.Kill
            ? new JobEvent.SignalAsked(number, to)
            : new JobEvent.CancelAsked("scancel", ExitCodes.Terminated)));
    }

    private CommandReply OnJob(string command, IEnumerable<string> ids, Func<JobAction.Answer> act)
    {
        foreach (var id in ids.SelectMany(list => list.Split(',')))
        {
            if (!IsOurs(id))
                return Unknown($"{command}: error");
            var answer = act();
            if (answer.ExitCode != 0)
                return new CommandReply(answer.ExitCode, "", $"{answer.Error} for job {id}\n");
        }

        return CommandReply.Done;
    }

    private CommandReply Show(bool unixTime, bool oneLine)
    {
        var text = JobText.Show(job, jobId, unixTime);
        return new CommandReply(0, (oneLine ? text.ReplaceLineEndings(" ").Replace("   ", "", StringComparison.Ordinal).Trim() : text) + "\n");
    }

    private string ShowConfig() => new StringBuilder()
        .Append(CultureInfo.InvariantCulture, $"Configuration data of cairn local\n")
        .Append(CultureInfo.InvariantCulture, $"ClusterName             = local\n")
        .Append(CultureInfo.InvariantCulture, $"JobRequeue              = 1\n")
        .Append(CultureInfo.InvariantCulture, $"KillWait                = {job.Settings.KillWait.TotalSeconds:0.###} sec\n")
        .Append(CultureInfo.InvariantCulture, $"OverTimeLimit           = 0 min\n")
        .Append(CultureInfo.InvariantCulture, $"PreemptMode             = REQUEUE\n")
        .Append(CultureInfo.InvariantCulture, $"ProctrackType           = proctrack/cgroup\n")
        .Append(CultureInfo.InvariantCulture, $"SLURM_VERSION           = {(job.Settings.Release == SlurmRelease.V22 ? "22.05.8" : "24.11.5")}\n")
        .ToString();

    private bool IsOurs(string id) => id == jobId;

    private static CommandReply Unknown(string prefix) => new(1, "", $"{prefix}: Invalid job id specified\n");

    private static CommandReply Refuse(string command, string why) => new(1, "", $"{command}: {why}\n");
}
