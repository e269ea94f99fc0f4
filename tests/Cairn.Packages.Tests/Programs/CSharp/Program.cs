// Trainer MS-OF-A-STEP OUTPUT
using Cairn;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

using var run = TrainingRun.Open(options: new() { Save = SaveSchedule.EverySteps(50) });

random.manual_seed(1);
var model = nn.Linear(16, 1);
var optimizer = optim.SGD(model.parameters(), learningRate: 1e-3);
run.Track("model", model);
run.Track("optimizer", optimizer);
run.TrackRandomState();

foreach (var step in run.Steps(200))
{
    using var scope = NewDisposeScope();
    var loss = mse_loss(model.forward(randn(32, 16)), randn(32, 1));
    loss.backward();
    optimizer.step();
    optimizer.zero_grad();
    Console.WriteLine($"step {step}");
    Thread.Sleep(int.Parse(args[0]));
}

return run.Finish(() => model.save(args[1]));
