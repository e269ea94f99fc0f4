// What scenarios of Cairn.Slurm.Tests train where the form is not their affair: a model of TorchSharp's.
using ScenarioTrainer;
using TorchScenarioTrainer;

return Scenario.Play(args, Regression.Train);
