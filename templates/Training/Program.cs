// Learns a sine. It can be stopped at any time (time limit, preemption, scancel, Ctrl-C) and goes on to the bit.
//   CairnTraining [EPOCHS]
using Cairn;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

var epochs = args.Length > 0 ? long.Parse(args[0]) : 20;

// Listens to signals from here on. The folder is $CAIRN_CHECKPOINT_DIR, or else checkpoints/.
using var run = TrainingRun.Open(options: new() { Save = SaveSchedule.Every(TimeSpan.FromMinutes(5)) });

random.manual_seed(1);
var inputs = rand(512, 1) * 6;
var model = nn.Sequential(("hidden", nn.Linear(1, 32)), ("tanh", nn.Tanh()), ("out", nn.Linear(32, 1)));
var optimizer = optim.AdamW(model.parameters(), lr: 1e-2);
// An order of its own for every epoch, which depends on the seed alone; a batch is what is made of its samples' indices.
var loader = new ResumableLoader<Tensor>(new SampleOrder(512, globalBatch: 32, seed: 1), indices => inputs[tensor(indices)]);

// All that a later attempt has to know.
run.Track("model", model);
run.Track("optimizer", optimizer);
run.Track("data", loader);
run.TrackRandomState();

foreach (var batch in run.Batches(loader, epochs))
{
    using var scope = NewDisposeScope();
    var loss = mse_loss(model.forward(batch.Data), batch.Data.sin());
    loss.backward();
    optimizer.step();
    optimizer.zero_grad();
    if (batch.EndsEpoch)
        Console.WriteLine($"epoch {batch.Epoch + 1} of {epochs}: loss {loss.item<float>():g4}");
}

// Runs the last work once, or puts a job that was stopped back into the queue.
return run.Finish(() => model.save("model.dat"));
