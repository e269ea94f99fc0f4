// A small transformer learns addition modulo a prime. Long after it knows the training set by heart, it suddenly understands:
// validation accuracy jumps from chance to nearly 1 ("grokking"). That takes minutes, and depends on every random number on the
// way, so it is a good place to see whether a run that was stopped really goes on where it was.
//   Grokking [--short] [--epochs N] [--step-delay MS] [--out FILE]
using Cairn;
using Grokking;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

string Option(string name, string otherwise) => Array.IndexOf(args, name) is var at and >= 0 ? args[at + 1] : otherwise;
var small = args.Contains("--short");
var epochs = long.Parse(Option("--epochs", small ? "30" : "600"));
var stepDelay = int.Parse(Option("--step-delay", "0")); // stands in for a bigger model, so that there is time to be stopped
var output = Option("--out", "grokking.dat");

using var run = TrainingRun.Open(options: new() { Save = SaveSchedule.Any(SaveSchedule.EverySteps(100), SaveSchedule.Every(TimeSpan.FromMinutes(1))) });

if (small)
    set_num_threads(1); // so small a model gains nothing by threads, and loses much where others use the cores too
random.manual_seed(7);
var task = new ModularAddition(modulus: small ? 23 : 97, trainShare: small ? 0.5 : 0.3);
var model = new AdditionModel(task.Modulus, width: small ? 32 : 128, heads: 4, dropout: 0.1);
var optimizer = optim.AdamW(model.parameters(), lr: 1e-3, weight_decay: 1.0);
var warmUp = optim.lr_scheduler.LinearLR(optimizer, start_factor: 0.1, total_iters: 50);
var loader = task.TrainingLoader(batchSize: small ? 32 : 512, seed: 7);
run.Track("model", model);
run.Track("optimizer", optimizer);
run.Track("warm-up", warmUp);
run.Track("data", loader);
run.TrackRandomState();

var progress = new ProgressLine(epochs * loader.BatchesPerEpoch);
foreach (var batch in run.Batches(loader, epochs))
{
    using var scope = NewDisposeScope();
    var loss = cross_entropy(model.forward(batch.Data.Pairs), batch.Data.Sums);
    loss.backward();
    optimizer.step();
    optimizer.zero_grad();
    warmUp.step();
    Thread.Sleep(stepDelay);
    progress.MoveTo(batch.Step + 1);

    if (batch.EndsEpoch && (batch.Epoch + 1) % 10 == 0)
    {
        var (train, validation) = (ModularAddition.Accuracy(model, task.Training), ModularAddition.Accuracy(model, task.Validation));
        run.Report("loss", loss.item<float>());
        run.Report("validation", validation);
        progress.Report(batch.Step + 1, $"epoch {batch.Epoch + 1}: loss {loss.item<float>():0.0000}, accuracy {train:0.000} in training, {validation:0.000} in validation");
    }
}

progress.End();
return run.Finish(() =>
{
    model.save(output);
    Console.WriteLine($"Validation accuracy {ModularAddition.Accuracy(model, task.Validation):0.000} after {run.StepsDone} steps; the weights are in {output}");
});
