// What the scenarios of daily work in Cairn.Slurm.Tests train, and those that are ended by force there (Scenario.ProgramOn): a model of TorchSharp's.
using ScenarioTrainer;
using TorchScenarioTrainer;

return Scenario.Play(args, Regression.Train);
