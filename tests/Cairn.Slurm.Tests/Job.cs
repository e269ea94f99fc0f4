using Cairn.Slurm;

namespace Cairn.Slurm.Tests;

/// <summary>A job that a test submitted.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="id">Its id; <c>ARRAY_TASK</c> for an element of an array.</param>
/// <param name="folder">The folder that it runs in.</param>
/// <param name="log">The log's name there.</param>
public sealed class Job(Cluster cluster, string id, string folder, string log = "job.log")
{
    // Far beyond what any scenario takes; a test that waits so long has failed.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    /// <summary>The job's id.</summary>
    public string Id => id;

    /// <summary>What it wrote so far.</summary>
    public string Log => File.Exists(Path.Combine(folder, log)) ? File.ReadAllText(Path.Combine(folder, log)) : string.Empty;

    /// <summary>Runs a command of Slurm's as the user.</summary>
    public async Task<int> CommandAsync(params string[] command) => (await cluster.AsUserAsync(folder, command[0], command[1..])).ExitCode;

    /// <summary>Waits for a text in the log.</summary>
    public Task WaitForLogAsync(string text) => WaitAsync(_ => Log.Contains(text, StringComparison.Ordinal), $"'{text}' in the log");

    /// <summary>Waits for a text to be there a number of times.</summary>
    public Task WaitForLogAsync(string text, int times) => WaitAsync(_ => Log.Split(text).Length > times, $"'{text}' {times} times in the log");

    /// <summary>Waits until the job has ended for good.</summary>
    internal Task<JobStatus> WaitForEndAsync() => WaitAsync(HasEnded, "the job's end");

    /// <summary>Whether a job is over for good.</summary>
    internal static bool HasEnded(JobStatus status) =>
        status.State is "COMPLETED" or "FAILED" or "TIMEOUT" or "CANCELLED" or "NODE_FAIL" or "PREEMPTED" or "BOOT_FAIL" or "OUT_OF_MEMORY";

    /// <summary>What Slurm says of the job, as its text.</summary>
    public async Task<string> ShowAsync() => (await cluster.AsUserAsync(folder, "scontrol", "show", "job", id)).StandardOutput;

    /// <summary>Waits for something.</summary>
    internal async Task<JobStatus> WaitAsync(Func<JobStatus, bool> fits, string what)
    {
        var until = TimeProvider.System.GetTimestamp() + (long)(Patience.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (true)
        {
            var answer = await cluster.AsUserAsync(folder, "scontrol", "show", "job", id);
            if (JobStatus.Parse(answer.StandardOutput) is { } status && fits(status))
                return status;
            if (TimeProvider.System.GetTimestamp() > until)
                Assert.Fail($"job {id}: {what} did not come; Slurm says {answer.StandardOutput}{answer.StandardError}; its log: {Log}");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
