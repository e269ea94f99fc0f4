using System.Globalization;
using System.Text;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary><c>squeue</c> with its short format letters, for one job.</summary>
internal sealed class Squeue(JobView view)
{
    private const string DefaultFormat = "%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R";
    private const string Imitated = "-h, -j, -o, -u, --me, -n, -p, -t";

    public Reply Run(Request request)
    {
        var format = request.QueueFormat ?? DefaultFormat;
        var header = true;
        var shown = true;
        var arguments = new ShortArguments(request.Arguments, flags: "hlrav", valued: "joutnp");
        while (arguments.Next())
        {
            switch (arguments.Name)
            {
                case "h" or "noheader":
                    header = false;
                    break;
                case "o" or "format" when arguments.Value is not null:
                    format = arguments.Value;
                    break;
                case "j" or "job" or "jobs" when arguments.Value is not null:
                    // Slurm calls a single unknown job an error and leaves out those of a list.
                    if (!arguments.Value.Split(',').Any(view.Is))
                        return Reply.Failed("slurm_load_jobs error: Invalid job id specified");
                    break;
                case "u" or "user" or "users" when arguments.Value is not null:
                    shown &= arguments.Value.Split(',').Contains(Environment.UserName);
                    break;
                case "n" or "name" when arguments.Value is not null:
                    shown &= arguments.Value.Split(',').Contains(view.Options.JobName);
                    break;
                case "p" or "partition" when arguments.Value is not null:
                    shown &= arguments.Value.Split(',').Contains(view.Options.Partition);
                    break;
                case "t" or "states" when arguments.Value is not null:
                    shown &= arguments.Value.Split(',').Any(IsState);
                    break;
                case "me" or "r" or "array" or "a" or "all" or "v" or "verbose":
                    break;
                default:
                    return Reply.Failed($"squeue: error: cairn local does not imitate {arguments.Text}; it knows {Imitated}");
            }
        }

        var clock = new SlurmClock(request.TimeFormat, view.Time.LocalTimeZone);
        var output = new StringBuilder();
        try
        {
            if (header)
                output.Append(Line(format, letter => Field(letter, clock).Header)).Append('\n');
            if (shown)
                output.Append(Line(format, letter => Field(letter, clock).Value)).Append('\n');
        }
        catch (UsageException error)
        {
            return Reply.Failed($"squeue: error: {error.Message}");
        }

        return new(0, output.ToString());
    }

    private bool IsState(string state) =>
        state.Equals("all", StringComparison.OrdinalIgnoreCase)
        || state.Equals(view.Job.State.Name(), StringComparison.OrdinalIgnoreCase)
        || state.Equals(view.Job.State.Letters(), StringComparison.OrdinalIgnoreCase);

    private (string Header, string Value) Field(char letter, SlurmClock clock)
    {
        var (job, options) = (view.Job, view.Options);
        return letter switch
        {
            'i' => ("JOBID", view.Id),
            'A' => ("JOBID", view.RawIdText),
            'F' => ("ARRAY_JOB_ID", view.RawIdText),
            'K' => ("ARRAY_TASK_ID", options.Array is { } array ? array.Task.ToString(CultureInfo.InvariantCulture) : "N/A"),
            'j' => ("NAME", options.JobName),
            'P' => ("PARTITION", options.Partition),
            'u' => ("USER", Environment.UserName),
            'a' => ("ACCOUNT", "(null)"),
            'q' => ("QOS", "(null)"),
            't' => ("ST", job.State.Letters()),
            'T' => ("STATE", job.State.Name()),
            'r' => ("REASON", job.Reason),
            'R' => ("NODELIST(REASON)", job.State == JobState.Pending ? $"({job.Reason})" : view.Nodes),
            'N' => ("NODELIST", view.Nodes),
            'B' => ("EXEC_HOST", view.Nodes.Length > 0 ? JobEnvironment.Node : "n/a"),
            'D' => ("NODES", options.Layout.Nodes.Count.ToString(CultureInfo.InvariantCulture)),
            'C' => ("CPUS", (options.Layout.Nodes.Count * Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture)),
            'M' => ("TIME", Short(job.RunTime)),
            'l' => ("TIME_LIMIT", job.Limit is { } limit ? Short(limit) : "UNLIMITED"),
            'L' => ("TIME_LEFT", job.Limit is { } whole ? Short(whole - job.RunTime) : "UNLIMITED"),
            'V' => ("SUBMIT_TIME", clock.Format(view.Submitted)),
            'S' => ("START_TIME", clock.Format(job.StartTime)),
            'e' => ("END_TIME", job.EndTime is null ? "N/A" : clock.Format(job.EndTime)),
            'Z' => ("WORK_DIR", options.Folder),
            _ => throw new UsageException($"cairn local does not imitate the format letter %{letter}"),
        };
    }

    // squeue leaves leading hours out: 0:05, 12:00, 1:00:00, 2-00:00:00.
    private static string Short(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            return "INVALID";
        if (time.Days > 0)
            return $"{time.Days}-{time.Hours:00}:{time.Minutes:00}:{time.Seconds:00}";
        return time.Hours > 0 ? $"{time.Hours}:{time.Minutes:00}:{time.Seconds:00}" : $"{time.Minutes}:{time.Seconds:00}";
    }

    // A field is %[[.]width]letter: the width cuts and pads, the point aligns to the right.
    private static string Line(string format, Func<char, string> field)
    {
        var line = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                line.Append(format[i]);
                continue;
            }

            var right = format[++i] == '.';
            if (right)
                i++;
            var digits = i;
            while (i < format.Length && char.IsAsciiDigit(format[i]))
                i++;
            if (i == format.Length)
                throw new UsageException($"the format '{format}' ends in the middle of a field");
            var value = field(format[i]);
            if (int.TryParse(format[digits..i], NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width < 1000)
            {
                value = value.Length > width ? value[..width] : value;
                value = right ? value.PadLeft(width) : value.PadRight(width);
            }

            line.Append(value);
        }

        return line.ToString();
    }
}
