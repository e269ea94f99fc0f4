using Cairn;

namespace ScenarioTrainer;

/// <summary>What both trainers of the scenarios of Cairn.Slurm.Tests do: five epochs of eight steps, saved at every tenth, and each save takes its time.</summary>
/// <remarks>
/// <c>[--folder FOLDER] [--out FILE] [--epochs N] [--save-seconds S] [--hold STEP [--deaf]] [--no-deadline] [--no-switch] [--no-force] [--requeue-cancelled]</c>.
/// Prints a line for what a test may wait for (see <see cref="Hold"/> and <see cref="SlowStorage"/>).
/// </remarks>
internal static class Scenario
{
    /// <summary>Trains, and writes all of the state in the last work.</summary>
    /// <param name="args">The program's arguments.</param>
    /// <param name="train">Trains for some epochs, and gives what writes the state but for the storage.</param>
    /// <returns>The exit code.</returns>
    public static int Play(string[] args, Func<TrainingRun, long, SlowStorage, Hold, Action<BinaryWriter>> train)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 ? args[at + 1] : null;
        double? Number(string name) => Option(name) is { } text ? double.Parse(text) : null;

        var options = new TrainingRunOptions
        {
            Save = SaveSchedule.EverySteps(10),
            Ranks = RankMode.FirstOnly, // these ranks do not wait for each other, so one may be far ahead
            WhenStillSaving = WhenStillSaving.Wait, // which save is left out would depend on how busy the machine is
            ForcedStop = !args.Contains("--no-force"),
            RequeueIfPreemptionCancels = args.Contains("--requeue-cancelled"),
            SwitchRequeueOn = !args.Contains("--no-switch"),
        };
        if (args.Contains("--no-deadline"))
            options.IgnoreDeadline();
        using var run = TrainingRun.Open(Option("--folder"), options);
        var storage = new SlowStorage(Number("--save-seconds") ?? 1);
        var hold = new Hold((long)(Number("--hold") ?? -1), args.Contains("--deaf"));
        var write = train(run, (long)(Number("--epochs") ?? 5), storage, hold);
        int exitCode = run.Finish(() =>
        {
            using var file = new BinaryWriter(File.Create(Option("--out") ?? "final.bin"));
            write(file);
            file.Write(storage.Checksum);
        });
        Console.WriteLine($"exit code {exitCode} at {TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()}");
        return exitCode;
    }
}
