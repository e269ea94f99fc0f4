// Trainings as users write them, each from its beginning to its end; stopped in between by whoever likes to.
//   TrainingZoo NAME CHECKPOINT-FOLDER OUTPUT-FOLDER
using TrainingZoo;

var (name, checkpoints, output) = (args[0], args[1], args[2]);
Directory.CreateDirectory(output);
return name switch
{
    "classifier" => Classifier.Train(checkpoints, output),
    "accumulation" => Accumulation.Train(checkpoints, output),
    "gan" => Gan.Train(checkpoints, output),
    "gpt" => SmallGpt.Train(checkpoints, output, TorchSharp.torch.ScalarType.Float32),
    "gpt-bf16" => SmallGpt.Train(checkpoints, output, TorchSharp.torch.ScalarType.BFloat16),
    "plain" => PlainNumbers.Train(checkpoints, output),
    "ranks" => Ranks.Train(checkpoints, output, sameSeed: false),
    "ranks-in-step" => Ranks.Train(checkpoints, output, sameSeed: true),
    "ranks-by-hand" => Ranks.TrainByHand(checkpoints, output),
    "hosted" => HostedService.Train(checkpoints, output),
    _ => throw new ArgumentException($"there is no training '{name}'"),
};
