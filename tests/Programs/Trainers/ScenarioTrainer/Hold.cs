using Cairn;

namespace ScenarioTrainer;

/// <summary>
/// Stands still inside one step of the attempt that began at step 0, so that whatever comes meets the program at a step that is
/// known before.
/// </summary>
/// <param name="step">The step; -1 for none.</param>
/// <param name="deaf">Whether it looks at nothing, like a step that outlasts every grace time.</param>
internal sealed class Hold(long step, bool deaf)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private bool fromTheBeginning;

    /// <summary>Holds when this is the step. A file named <c>go</c> in the working folder ends it, deaf or not.</summary>
    public void At(long current, TrainingRun run)
    {
        fromTheBeginning |= current == 0;
        if (current != step || !fromTheBeginning)
            return;

        // What was saved before is written behind the training: only once the journal tells of it, a moment after the checkpoint
        // is there, the test can count on it.
        while (!run.StopRequested && !HasSaved(run))
            Thread.Sleep(Interval);
        Console.WriteLine($"holding at step {step}");
        while (!File.Exists("go") && (deaf || !run.StopRequested))
            Thread.Sleep(Interval);
        Console.WriteLine("holding no longer");
    }

    private static bool HasSaved(TrainingRun run) =>
        Directory.EnumerateFiles(Path.Combine(run.Directory, "attempts"), "*.jsonl").Any(journal =>
        {
            using var reader = new StreamReader(new FileStream(journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd().Contains("""
                "event":"saved"
                """, StringComparison.Ordinal);
        });
}
