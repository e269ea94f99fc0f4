using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Cairn.Slurm;

/// <summary>Slurm's own commands: by argument list, never by a shell, and bounded in time.</summary>
internal sealed partial class SlurmCommands
{
    private static readonly TimeSpan KillWaitOfSlurm = TimeSpan.FromSeconds(30);
    private readonly TimeSpan patience;
    private readonly string scontrol;
    private readonly Lazy<TimeSpan> killWait;

    /// <summary>Slurm's commands.</summary>
    /// <param name="patience">Commands are ended when they take longer than this. Default: 10 s; an answer takes about 10 ms.</param>
    /// <param name="scontrol">The program. Default: the first on PATH.</param>
    public SlurmCommands(TimeSpan? patience = null, string scontrol = "scontrol")
    {
        this.scontrol = scontrol;
        this.patience = patience ?? TimeSpan.FromSeconds(10);
        killWait = new Lazy<TimeSpan>(AskKillWait);
    }

    /// <summary>The time between TERM and KILL at the limit; Slurm's default of 30 s when it cannot be asked.</summary>
    public TimeSpan KillWait => killWait.Value;

    /// <summary>Asks about a job.</summary>
    /// <returns>Null when there is no scontrol, no such job, or no answer in time.</returns>
    public JobStatus? ShowJob(string id) => Scontrol("show", "job", id) is { ExitCode: 0 } answer ? JobStatus.Parse(answer.Output) : null;

    /// <summary>Puts a job back in the queue. That kills its processes, this one too, within milliseconds.</summary>
    /// <param name="id">The array-safe id.</param>
    /// <param name="switchOn">Whether to switch a job that forbids it (<c>--no-requeue</c>) to requeuable, and try again.</param>
    public RequeueAnswer Requeue(string id, bool switchOn)
    {
        var answer = Interpret(Scontrol("requeue", id));
        if (answer.Outcome != RequeueOutcome.Refused || !switchOn || !answer.Error!.Contains("disabled", StringComparison.OrdinalIgnoreCase))
            return answer;
        var update = Scontrol("update", $"jobid={id}", "Requeue=1");
        return update is { ExitCode: 0 } ? Interpret(Scontrol("requeue", id)) : answer;
    }

    private RequeueAnswer Interpret(Answer answer) => answer switch
    {
        { Missing: { } why } => new(RequeueOutcome.NoScontrol, why),
        { ExitCode: null } => new(RequeueOutcome.NoAnswer, $"scontrol did not answer within {Duration.Words(patience)}"),
        { ExitCode: 0 } => new(RequeueOutcome.Done, null),
        _ when answer.Errors.Contains("pending execution", StringComparison.OrdinalIgnoreCase) => new(RequeueOutcome.AlreadyPending, null),
        _ => new(RequeueOutcome.Refused, answer.Errors.Trim() is { Length: > 0 } said ? said : $"scontrol ended with code {answer.ExitCode}"),
    };

    private TimeSpan AskKillWait()
    {
        var answer = Scontrol("show", "config");
        return KillWaitLine().Match(answer.Output) is { Success: true } match
            ? TimeSpan.FromSeconds(int.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture))
            : KillWaitOfSlurm;
    }

    [GeneratedRegex(@"^KillWait\s*=\s*(?<seconds>[0-9]{1,6})\s*sec", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex KillWaitLine();

    private Answer Scontrol(params string[] arguments)
    {
        var start = new ProcessStartInfo(scontrol, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        start.Environment["SLURM_TIME_FORMAT"] = "%s"; // unix seconds, on Slurm 22 too
        start.Environment["LC_ALL"] = "C";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return new Answer(null, string.Empty, string.Empty, $"scontrol cannot be started: {error.Message}");
        }

        using (process)
        {
            process.StandardInput.Close();

            // Read by threads of their own, so that neither a full pipe nor a busy thread pool holds the answer up.
            var output = new PipeText(process.StandardOutput);
            var errors = new PipeText(process.StandardError);
            if (!process.WaitForExit(patience))
            {
                process.Kill(entireProcessTree: true);
                return new Answer(null, string.Empty, string.Empty, null);
            }

            return new Answer(process.ExitCode, output.Read(patience), errors.Read(patience), null);
        }
    }

    private sealed record Answer(int? ExitCode, string Output, string Errors, string? Missing);
}
