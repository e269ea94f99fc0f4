using Cairn;

namespace ScenarioTrainer;

/// <summary>A training of as many steps as <see cref="Regression"/>'s whose whole state is its storage.</summary>
internal static class Numbers
{
    /// <summary>Trains for some epochs of eight steps.</summary>
    /// <returns>What writes the rest of the state: nothing.</returns>
    public static Action<BinaryWriter> Train(TrainingRun run, long epochs, SlowStorage storage, Hold hold)
    {
        run.Track("storage", storage);
        foreach (var step in run.Steps(epochs * 8))
        {
            hold.At(step, run);
            storage.Advance();
        }

        return _ => { };
    }
}
