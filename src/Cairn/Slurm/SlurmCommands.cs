using System.ComponentModel;
using System.Diagnostics;

namespace Cairn.Slurm;

/// <summary>Slurm's own commands: by argument list, never by a shell, and bounded in time.</summary>
internal sealed class SlurmCommands
{
    private readonly TimeProvider time;
    private readonly TimeSpan patience;
    private readonly string scontrol;

    /// <summary>Slurm's commands.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="patience">Commands are ended when they take longer than this. Default: 10 s; an answer takes about 10 ms.</param>
    /// <param name="scontrol">The program. Default: the first on PATH.</param>
    public SlurmCommands(TimeProvider time, TimeSpan? patience = null, string scontrol = "scontrol")
    {
        this.time = time;
        this.scontrol = scontrol;
        this.patience = patience ?? TimeSpan.FromSeconds(10);
    }

    /// <summary>Asks about a job.</summary>
    /// <param name="id">The array-safe id.</param>
    /// <param name="patience">How long to wait for the answer. Default: as in the constructor.</param>
    public JobAnswer ShowJob(string id, TimeSpan? patience = null)
    {
        var askedAt = time.GetUtcNow();
        var answer = Scontrol(patience, "show", "job", id);
        if (answer.ExitCode == 0 && JobStatus.Parse(answer.Output, askedAt) is { } status)
            return new JobAnswer(status, null, MayComeLater: false);
        return new JobAnswer(null, answer.Problem ?? $"scontrol said nothing of job {id}", MayComeLater: answer.IsSilence);
    }

    /// <summary>Asks what is set up on the cluster and in a partition; null when that is not answered.</summary>
    public SlurmSite? ShowSite(string partition)
    {
        var config = Scontrol(null, "show", "config");
        var own = partition.Length == 0 ? null : Scontrol(null, "show", "partition", partition);
        return config.ExitCode == 0 && own is null or { ExitCode: 0 } ? SlurmSite.Parse(config.Output, own?.Output ?? string.Empty) : null;
    }

    /// <summary>Puts a job back in the queue. That kills its processes, this one too, within milliseconds.</summary>
    /// <param name="id">The array-safe id.</param>
    /// <param name="switchOn">Whether to switch a job that forbids it (<c>--no-requeue</c>) to requeuable, and try again.</param>
    public RequeueAnswer Requeue(string id, bool switchOn)
    {
        var answer = Interpret(Scontrol(null, "requeue", id));
        if (!answer.IsForbidden || !switchOn)
            return answer;
        return SwitchRequeueOn(id) is null ? Interpret(Scontrol(null, "requeue", id)) : answer;
    }

    /// <summary>Makes a job requeuable that was submitted otherwise; its owner may. Only while it runs: not any more once Slurm is ending it.</summary>
    /// <returns>Why not; null when it is.</returns>
    public string? SwitchRequeueOn(string id) => Scontrol(null, "update", $"jobid={id}", "Requeue=1").Problem;

    private static RequeueAnswer Interpret(Answer answer) => answer switch
    {
        { ExitCode: 0 } => new(RequeueOutcome.Done, null),
        { IsSilence: true } => new(RequeueOutcome.NoAnswer, answer.Problem),
        { ExitCode: null } => new(RequeueOutcome.NoScontrol, answer.Problem),
        _ when answer.Errors.Contains("pending execution", StringComparison.OrdinalIgnoreCase) => new(RequeueOutcome.AlreadyPending, null),
        _ => new(RequeueOutcome.Refused, answer.Problem),
    };

    private Answer Scontrol(TimeSpan? limit, params string[] arguments)
    {
        var bound = limit ?? patience;
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
            return new Answer(null, string.Empty, string.Empty, $"scontrol cannot be started: {error.Message}", IsSilence: false);
        }

        using (process)
        {
            process.StandardInput.Close();

            // Read by threads of their own, so that neither a full pipe nor a busy thread pool holds the answer up.
            var output = new PipeText(process.StandardOutput);
            var errors = new PipeText(process.StandardError);
            if (!process.WaitForExit(bound))
            {
                process.Kill(entireProcessTree: true);
                return new Answer(null, string.Empty, string.Empty, $"scontrol did not answer within {Duration.Words(bound)}", IsSilence: true);
            }

            var (code, said) = (process.ExitCode, errors.Read(bound));
            var problem = code == 0 ? null : said.Trim() is { Length: > 0 } words ? words : $"scontrol ended with code {code}";
            return new Answer(code, output.Read(bound), said, problem, code != 0 && IsControllerAway(said));
        }
    }

    // The controller is down or overloaded, which passes; everything else that scontrol says is an answer.
    private static bool IsControllerAway(string errors) =>
        errors.Contains("Unable to contact slurm controller", StringComparison.OrdinalIgnoreCase)
        || errors.Contains("timed out", StringComparison.OrdinalIgnoreCase)
        || errors.Contains("Unexpected message received", StringComparison.OrdinalIgnoreCase) // a requeue's words for it
        || errors.Contains("Zero Bytes", StringComparison.OrdinalIgnoreCase);

    private sealed record Answer(int? ExitCode, string Output, string Errors, string? Problem, bool IsSilence);
}
