using System.Text.RegularExpressions;

namespace Cairn.Slurm.Tests;

/// <summary>A job that a test submitted.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="id">Its id; <c>ARRAY_TASK</c> for an element of an array.</param>
/// <param name="folder">The folder that it runs in.</param>
/// <param name="log">The log's name there.</param>
public sealed partial class Job(Cluster cluster, string id, string folder, string log = "job.log")
{
    // Far beyond what any scenario takes; a test that waits so long has failed.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.1);
    private const int LooksPerAnswer = 20;

    /// <summary>The job's id.</summary>
    public string Id => id;

    /// <summary>What it wrote so far.</summary>
    public string Log => File.Exists(Path.Combine(folder, log)) ? File.ReadAllText(Path.Combine(folder, log)) : string.Empty;

    /// <summary>Runs a command of Slurm's as the user.</summary>
    public async Task<int> CommandAsync(params string[] command) => (await cluster.AsUserAsync(folder, command[0], command[1..])).ExitCode;

    /// <summary>Runs a command of the job's owner that must succeed; what it says is told if it does not.</summary>
    public async Task MustAsync(params string[] command)
    {
        var result = await cluster.AsUserAsync(folder, command[0], command[1..]);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)} ended with {result.ExitCode}: {result.StandardOutput}{result.StandardError}\n{Log}");
    }

    /// <summary>Waits for a text in the log.</summary>
    public Task WaitForLogAsync(string text) => WaitForLogAsync(text, 1);

    /// <summary>Waits for a text to be there a number of times.</summary>
    public Task WaitForLogAsync(string text, int times) => WaitAsync(() => Log.Split(text).Length > times, $"'{text}' {times} times in the log");

    /// <summary>Waits until the job has ended for good.</summary>
    internal Task<JobStatus> WaitForEndAsync() => WaitAsync(HasEnded, "the job's end");

    /// <summary>Whether a job is over for good.</summary>
    internal static bool HasEnded(JobStatus status) =>
        status.State is "COMPLETED" or "FAILED" or "TIMEOUT" or "CANCELLED" or "NODE_FAIL" or "PREEMPTED" or "BOOT_FAIL" or "OUT_OF_MEMORY";

    /// <summary>What Slurm says of the job, as its text.</summary>
    public Task<string> ShowAsync() => cluster.ShowJobAsync(id);

    /// <summary>The node of its batch shell.</summary>
    public async Task<string> HostAsync() => BatchHost().Match(await ShowAsync()).Groups["host"].Value;

    /// <summary>Waits for something that needs no answer of Slurm's: a line in the log, above all.</summary>
    /// <param name="fits">Whether it is there.</param>
    /// <param name="what">What, in words.</param>
    /// <param name="given">Whether to give up; told what Slurm says of the job. Null: never.</param>
    internal async Task WaitAsync(Func<bool> fits, string what, Func<JobStatus, bool>? given = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var look = 1; !fits(); look++)
        {
            var status = look % LooksPerAnswer == 0 || IsPatienceOver(began) ? JobStatus.Parse(await ShowAsync()) : null;
            if (IsPatienceOver(began) || (status is not null && given?.Invoke(status) == true && !fits()))
                Assert.Fail($"job {id}: {what} did not come; Slurm says {status}; its log: {Log}");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for Slurm to say something.</summary>
    internal async Task<JobStatus> WaitAsync(Func<JobStatus, bool> fits, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var status = JobStatus.Parse(await ShowAsync());
            if (status is not null && fits(status))
                return status;
            if (IsPatienceOver(began))
                Assert.Fail($"job {id}: {what} did not come; Slurm says {status}; its log: {Log}");
        }
    }

    private static bool IsPatienceOver(long began) => TimeProvider.System.GetElapsedTime(began) > Patience;

    [GeneratedRegex("^ *BatchHost=(?<host>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex BatchHost();
}
