// The script of the checkpointing guide, line for line in C#: a small linear model that can be stopped at any time.
//   LinearModel [--steps N] [--step-delay MS] [--out FILE]
using Cairn;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

string Option(string name, string otherwise) => Array.IndexOf(args, name) is var at and >= 0 ? args[at + 1] : otherwise;
var steps = long.Parse(Option("--steps", "200"));
var stepDelay = int.Parse(Option("--step-delay", "0")); // stands in for a bigger model, so that there is time to be stopped
var output = Option("--out", "final.dat");

using var run = TrainingRun.Open(options: new() { Save = SaveSchedule.EverySteps(10) });

random.manual_seed(1);
var model = nn.Linear(16, 1);
var optimizer = optim.SGD(model.parameters(), learningRate: 1e-3);
run.Track("model", model);
run.Track("optimizer", optimizer);
run.TrackRandomState();

foreach (var step in run.Steps(steps))
{
    using var scope = NewDisposeScope();
    var loss = mse_loss(model.forward(randn(32, 16)), randn(32, 1));
    loss.backward();
    optimizer.step();
    optimizer.zero_grad();
    Thread.Sleep(stepDelay);
}

return run.Finish(() =>
{
    model.save(output);
    Console.WriteLine($"Training complete after {run.StepsDone} steps; the final weights are in {output}");
});
