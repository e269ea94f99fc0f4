// What most scenarios of Cairn.Slurm.Tests train: a state of plain numbers alone. TorchScenarioTrainer has torch, which takes longer to start than all else.
using Cairn;

namespace ScenarioTrainer;

internal static class Program
{
    public static int Run(string[] args)
    {
        return Scenario.Play(args, (run, epochs, storage, hold) =>
        {
            run.Track("storage", storage);
            foreach (var step in run.Steps(epochs * 8)) // as many as those of TorchScenarioTrainer
            {
                hold.At(step, run);
                storage.Advance();
            }

            return _ => { };
        });
    }
}
