using Cairn;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TrainingZoo;

/// <summary>A small transformer that guesses the next of a few symbols; what it puts out is measured by the table by which it reads.</summary>
internal static class SmallGpt
{
    private const int Symbols = 17;
    private const int Length = 12;

    public static int Train(string checkpoints, string output, ScalarType dtype)
    {
        using var run = TrainingRun.Open(checkpoints, new() { Save = SaveSchedule.EverySteps(7) });

        set_num_threads(1);
        random.manual_seed(1);
        var model = new Model(width: 32).to(dtype);
        var optimizer = optim.AdamW(model.parameters(), lr: 1e-3, weight_decay: 0.1);
        var scheduler = optim.lr_scheduler.SequentialLR(
            optimizer, [optim.lr_scheduler.LinearLR(optimizer, 0.1, 1, 10), optim.lr_scheduler.CosineAnnealingLR(optimizer, 60)], [10]);
        run.Track("model", model);
        run.Track("optimizer", optimizer);
        run.Track("scheduler", scheduler);
        run.TrackRandomState();
        var losses = new Losses(run);

        foreach (var step in run.Steps(60))
        {
            using var scope = NewDisposeScope();
            var start = randint(0, Symbols, [8, 1]);
            var text = (start + arange(Length + 1) * 3).remainder(Symbols);
            var loss = cross_entropy(
                model.forward(text.narrow(1, 0, Length)).to(ScalarType.Float32).reshape(-1, Symbols), text.narrow(1, 1, Length).reshape(-1));
            optimizer.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            optimizer.step();
            scheduler.step();
            losses.Add(step, loss.item<float>());
        }

        return run.Finish(() =>
        {
            model.save(Path.Combine(output, "model.dat"));
            losses.Save(output);
        });
    }

    private sealed class Model : nn.Module<Tensor, Tensor>
    {
        private readonly Embedding symbols;
        private readonly Embedding places;
        private readonly TransformerEncoderLayer block;
        private readonly LayerNorm norm;
        private readonly Linear head;

        public Model(int width)
            : base(nameof(Model))
        {
            symbols = nn.Embedding(Symbols, width);
            places = nn.Embedding(Length, width);
            block = nn.TransformerEncoderLayer(width, nhead: 4, dim_feedforward: 64, dropout: 0.1);
            norm = nn.LayerNorm(width);
            head = nn.Linear(width, Symbols, hasBias: false);
            head.weight = symbols.weight!; // tied: one table, read from both ends
            RegisterComponents();
        }

        public override Tensor forward(Tensor text)
        {
            var hidden = symbols.forward(text) + places.forward(arange(Length));
            var future = full([Length, Length], double.NegativeInfinity, dtype: hidden.dtype).triu(1);
            return head.forward(norm.forward(block.call(hidden.transpose(0, 1), future).transpose(0, 1)));
        }
    }
}
