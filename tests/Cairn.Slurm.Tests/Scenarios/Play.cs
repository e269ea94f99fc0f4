using Cairn.Attempts;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>What came of a scenario.</summary>
/// <param name="Attempts">The attempts' journals.</param>
/// <param name="Ends">How the job ended; several when it was submitted again.</param>
/// <param name="Final">What the last work wrote; null when it was not done.</param>
/// <param name="Log">What the job wrote.</param>
internal sealed record Play(IReadOnlyList<AttemptStory> Attempts, IReadOnlyList<JobEnd> Ends, byte[]? Final, string Log)
{
    /// <summary>A line an attempt, and last how the job ended.</summary>
    public IReadOnlyList<string> Verdict => [.. Attempts.Select(Story.Of), string.Join(", then ", Ends)];

    /// <summary>Plays a scenario to its end.</summary>
    public static async Task<Play> OfAsync(Scenario scenario, IScheduler scheduler)
    {
        await using var job = await scheduler.SubmitAsync(scenario);
        var logFile = Path.Combine(job.Folder, "job.log");
        var ends = new List<JobEnd>();
        foreach (var move in scenario.Moves)
        {
            if (move.When is { } text)
                await job.WaitAsync(() => Log().Split(text).Length > move.Times, $"'{text}' {move.Times} times in the log");
            if (move.ShareOfLimit > 0)
                await job.WaitForShareOfLimitAsync(move.ShareOfLimit);
            if (move.AtTheEnd)
                ends.Add(await job.WaitForEndAsync());
            await job.DoAsync(move.Act);
        }

        ends.Add(await job.WaitForEndAsync());
        var final = Path.Combine(job.Folder, "final.bin");
        return new(
            AttemptStory.ReadAll(Path.Combine(job.Folder, "checkpoints")), ends,
            File.Exists(final) ? await File.ReadAllBytesAsync(final) : null, Log());

        string Log() => File.Exists(logFile) ? File.ReadAllText(logFile) : string.Empty;
    }
}
