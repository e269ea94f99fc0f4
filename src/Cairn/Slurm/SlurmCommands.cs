namespace Cairn.Slurm;

/// <summary>Slurm's own commands: by argument list, never by a shell, and bounded in time.</summary>
internal sealed class SlurmCommands
{
    private const int NoSuchFile = 2; // ENOENT
    private const int NoAccess = 13; // EACCES

    // What the controller says when it will not say otherwise later. Everything else may pass: it is away, overloaded, being
    // restarted or not yet reachable, for which there are more words than anybody has listed.
    private static readonly string[] FinalWords =
    [
        "Invalid job id",
        "Invalid user id",
        "permission denied",
        "presently disabled",
        "pending execution",
        "already finished",
        "already completing or completed",
        "Only batch jobs",
        "job leader", // of a heterogeneous job
    ];

    private static readonly KeyValuePair<string, string>[] Variables =
    [
        new("SLURM_TIME_FORMAT", "%s"), // unix seconds, on Slurm 22 too
        new("LC_ALL", "C"),
    ];

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
    /// <param name="onLate">Called once where the answer takes long.</param>
    public JobAnswer ShowJob(string id, TimeSpan? patience = null, Action? onLate = null)
    {
        var (askedAt, askedOn) = (time.GetUtcNow(), time.GetTimestamp());
        var answer = Scontrol(patience, onLate, "show", "job", id);
        if (answer.ExitCode == 0 && JobStatus.Parse(answer.Output, askedAt) is { } status)
            return new JobAnswer(status with { AskedOn = askedOn }, null, MayComeLater: false);
        return new JobAnswer(null, answer.Problem ?? $"scontrol said nothing of job {id}", MayComeLater: !answer.IsFinal);
    }

    /// <summary>Asks what is set up on the cluster and in a partition; null when that is not answered.</summary>
    public SlurmSite? ShowSite(string partition)
    {
        var config = Scontrol(null, "show", "config");
        var now = time.GetUtcNow();
        var own = partition.Length == 0 ? null : Scontrol(null, "show", "partition", partition);
        return config.ExitCode == 0 && own is null or { ExitCode: 0 } or { IsFinal: true } ? SlurmSite.Parse(config.Output, own?.ExitCode == 0 ? own.Output : string.Empty, now) : null;
    }

    /// <summary>Has scontrol show something; the text that it gives, or why there is none.</summary>
    /// <param name="what">What, as scontrol names it.</param>
    public ShownText Show(params string[] what)
    {
        var answer = Scontrol(null, ["show", .. what]);
        return new ShownText(answer.ExitCode == 0 ? answer.Output : null, answer.Problem, IsThere: answer.ExitCode is not null || !answer.IsFinal);
    }

    /// <summary>Puts a job back in the queue. That kills its processes, this one too, within milliseconds.</summary>
    /// <param name="id">The array-safe id.</param>
    /// <param name="switchOn">Whether to switch a job that forbids it (<c>--no-requeue</c>) to requeuable, and try again.</param>
    /// <param name="patience">How long to wait for the answer. Default: as in the constructor.</param>
    public RequeueAnswer Requeue(string id, bool switchOn, TimeSpan? patience = null)
    {
        var answer = Interpret(Scontrol(patience, "requeue", id));
        if (!answer.IsForbidden || !switchOn)
            return answer;
        var switched = SwitchRequeueOn(id);
        return switched.Succeeded ? Interpret(Scontrol(patience, "requeue", id))
            : switched.Outcome == RequeueOutcome.NoAnswer ? switched
            : answer;
    }

    /// <summary>Makes a job requeuable that was submitted otherwise; its owner may. Only while it runs: not any more once Slurm is ending it.</summary>
    public RequeueAnswer SwitchRequeueOn(string id) => Interpret(Scontrol(null, "update", $"jobid={id}", "Requeue=1"));

    private static RequeueAnswer Interpret(Answer answer) => answer switch
    {
        { ExitCode: 0 } => new(RequeueOutcome.Done, null),
        { IsFinal: false } => new(RequeueOutcome.NoAnswer, answer.Problem),
        { ExitCode: null } => new(RequeueOutcome.NoScontrol, answer.Problem),
        _ when answer.Errors.Contains("pending execution", StringComparison.OrdinalIgnoreCase) => new(RequeueOutcome.AlreadyPending, null),
        _ => new(RequeueOutcome.Refused, answer.Problem),
    };

    private Answer Scontrol(TimeSpan? limit, params string[] arguments) => Scontrol(limit, null, arguments);

    private Answer Scontrol(TimeSpan? limit, Action? onLate, params string[] arguments)
    {
        var run = CommandRun.Of(scontrol, arguments, Variables, limit ?? patience, onLate);

        // It is not there, or not for us; all else (no process or memory left, a file system that stalls) passes.
        if (run.ExitCode is not { } code)
            return new Answer(null, string.Empty, string.Empty, run.Problem, IsFinal: run.StartError is NoSuchFile or NoAccess);
        var problem = code == 0 ? null : run.ErrorWords is { Length: > 0 } words ? words : $"scontrol ended with code {code}";
        return new Answer(code, run.Output, run.Errors, problem, code != 0 && IsFinal(run.Errors));
    }

    private static bool IsFinal(string errors) => FinalWords.Any(words => errors.Contains(words, StringComparison.OrdinalIgnoreCase));

    private sealed record Answer(int? ExitCode, string Output, string Errors, string? Problem, bool IsFinal);
}
