using Cairn.Slurm;

namespace Cairn.Cli.Stories;

/// <summary>What Slurm still knows of a job that left no journal.</summary>
internal static class SlurmsWord
{
    /// <summary>Asks the controller, and where it has forgotten the job, the accounts.</summary>
    /// <param name="job">The job.</param>
    /// <param name="closed">The folder that it works in, where that cannot be looked into, as another user's; else null.</param>
    /// <exception cref="UsageException">Neither knows it.</exception>
    public static Why Of(string job, string? closed)
    {
        var answer = new SlurmCommands(TimeProvider.System).ShowJob(job);
        if (answer.Status is { } status)
            return Told(job, status.State, status.Reason, status.StartTime, status.EndTime, status.ShellDiedOf == 0 ? null : $"signal {status.ShellDiedOf}", closed);
        var accounts = SlurmProgram.Run("sacct", ["-X", "-n", "-P", "-j", job, "-o", "JobID,State,ExitCode,Elapsed,NodeList"], patience: TimeSpan.FromSeconds(10));
        if (accounts.Code == 0 && Newest(accounts.Output) is { } words)
            return words;
        throw new UsageException($"Nothing is known of job {job}: scontrol says: {answer.Problem}; sacct says: {(accounts.Code == 0 ? "nothing" : accounts.Errors)}.");

        // A requeued job has a line an attempt.
        Why? Newest(string output)
        {
            var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return lines.Length > 0 && lines[^1].Split('|') is [_, var state, var code, var elapsed, var nodes, ..]
                ? new(0, $"Job {job} was {state} after {elapsed}{(nodes.Length > 0 ? $" on {nodes}" : "")}, exit code {code}, by Slurm's accounts.", null, null, "", Advice(job, state, ""))
                : null;
        }
    }

    /// <summary>In words, from what Slurm says.</summary>
    public static Why Told(string job, string state, string reason, DateTimeOffset? start, DateTimeOffset? end, string? diedOf, string? closed)
    {
        var (has, why) = (Terminal(state), reason is "None" or "" ? "" : $" ({reason})");
        var after = has && start is { } began && end is { } ended ? $" after {Duration.Words(TimeSpan.FromSeconds(Within.Between(began, ended)))}" : "";
        return new(0, $"Job {job} {(has ? "was" : "is")} {state}{why}{after}{(diedOf is null ? "" : $", ended by {diedOf}")}, by the word of scontrol; {(closed is null ? "nothing of Cairn has told of it" : $"what Cairn has told of it is not for you to see: {closed} cannot be looked into")}.", null, null, "", Advice(job, state, reason));
    }

    private static bool Terminal(string state) => state is "COMPLETED" or "FAILED" or "CANCELLED" or "TIMEOUT" or "NODE_FAIL" or "PREEMPTED" or "OUT_OF_MEMORY" or "BOOT_FAIL" or "DEADLINE";

    // sacct writes "CANCELLED by 1000".
    private static string Advice(string job, string state, string reason) => state.Split(' ')[0] switch
    {
        "PENDING" or "REQUEUE_HOLD" or "SPECIAL_EXIT" when reason is "JobHeldUser" or "JobHeldAdmin" => $"It is held: scontrol release {job} lets it begin{(reason == "JobHeldAdmin" ? ", which is for those who run the cluster" : "")}.",
        "PENDING" when reason is "DependencyNeverSatisfied" => $"It will never begin, for a job that it depends on has not ended as it had to: scancel {job}, and submit it anew.",
        "PENDING" => "It has not begun yet: squeue --start tells when it may.",
        "RUNNING" => "It runs.",
        "CONFIGURING" => "Its nodes are being made ready.",
        "SUSPENDED" or "STOPPED" => "It holds its nodes, and does not run now.",
        "COMPLETING" => "It is ending.",
        "COMPLETED" => "Nothing is to be done.",
        "TIMEOUT" or "PREEMPTED" or "NODE_FAIL" => "Nothing had it requeued: start its program by cairn run, or let it use the library (cairn adopt SCRIPT shows how).",
        "OUT_OF_MEMORY" => "Ask for more memory (--mem).",
        "CANCELLED" => "Submit it again if that was not meant.",
        _ => "See the end of its log.",
    };
}
