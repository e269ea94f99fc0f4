namespace Cairn.Slurm.Tests;

/// <summary>
/// What Slurm says of all jobs, asked for all tests that wait at once: if each of them asked for its own job, the asking would be
/// most of what the machine does.
/// </summary>
/// <param name="askAsync">Asks: <c>scontrol show job</c>.</param>
internal sealed class JobList(Func<Task<string>> askAsync)
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(400);
    private readonly Lock gate = new();
    private Task<string>? next;

    /// <summary>A job's record, from an answer to a question that was put after this call; empty when there is none.</summary>
    /// <param name="id">Its id; <c>ARRAY_TASK</c> for an element of an array.</param>
    public async Task<string> ShowAsync(string id)
    {
        Task<string> answer;
        lock (gate)
            answer = next ??= AskAsync();

        // A record begins with JobId=18, or JobId=18 ArrayJobId=17 ArrayTaskId=2.
        var heading = id.Split('_') is [var array, var task] ? $" ArrayJobId={array} ArrayTaskId={task} " : $" JobId={id} ";
        return Array.Find((await answer).Split("\n\n"), record => $" {record.TrimStart()}".Contains(heading, StringComparison.Ordinal)) ?? string.Empty;
    }

    private async Task<string> AskAsync()
    {
        await Task.Delay(Gather);
        lock (gate)
            next = null; // who comes now wants a later answer
        return await askAsync();
    }
}
