using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cairn.TorchSharp.Tests;

/// <summary>Modules, optimizers and tensors from a checkpoint that a run saved, without a run.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cairn-test-").FullName;

    [Fact]
    public void A_trained_model_and_its_optimizer_come_back()
    {
        using var trained = Model(classes: 3);
        var expected = Train(trained);
        using var model = Model(classes: 3);
        var optimizer = optim.AdamW(model.parameters().Where(parameter => parameter.requires_grad));

        using var checkpoint = Checkpoint.OpenNewest(_folder);
        var loaded = checkpoint.Load("model", model);
        checkpoint.Load("optimizer", optimizer);

        Assert.Equal(4, loaded.Loaded.Count);
        Assert.Equal(expected, Bytes(model));
        using var weight = checkpoint.ReadTensor("model", "body.weight");
        Assert.True(weight.Equals(model.state_dict()["body.weight"]));
        Assert.Throws<ArgumentException>(() => checkpoint.ReadTensor("model", "body.weigth"));
    }

    [Fact]
    public void Fine_tuning_takes_all_but_a_new_head()
    {
        using var trained = Model(classes: 3);
        Train(trained);
        using var model = Model(classes: 7);
        var head = model.state_dict()["head.weight"].bytes.ToArray();
        using var checkpoint = Checkpoint.OpenNewest(_folder);

        Assert.Contains("head.weight is float32 [7, 5], in the checkpoint float32 [3, 5]", Assert.Throws<CheckpointMismatchException>(() => checkpoint.Load("model", model)).Message, StringComparison.Ordinal);
        var loaded = checkpoint.Load("model", model, name => name.StartsWith("head.", StringComparison.Ordinal) ? null : name, strict: false);

        Assert.Equal(["body.bias", "body.weight"], loaded.Loaded.Order(StringComparer.Ordinal));
        Assert.Equal(["head.bias", "head.weight"], loaded.NotInProgram.Order(StringComparer.Ordinal));
        Assert.Equal(trained.state_dict()["body.weight"].bytes.ToArray(), model.state_dict()["body.weight"].bytes.ToArray());
        Assert.Equal(head, model.state_dict()["head.weight"].bytes.ToArray());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Sequential Model(int classes)
    {
        var model = Sequential(("body", Linear(4, 5)), ("head", Linear(5, classes)));
        model.get_parameter("body.bias")!.requires_grad = false; // frozen: it lies in a file of its own
        return model;
    }

    private byte[] Train(Sequential model)
    {
        var optimizer = optim.AdamW(model.parameters().Where(parameter => parameter.requires_grad));
        using var run = TrainingRun.Open(_folder);
        run.Track("model", model);
        run.Track("optimizer", optimizer);
        foreach (var _ in run.Steps(3))
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            model.call(randn(2, 4)).sum().backward();
            optimizer.step();
            model.zero_grad();
        }

        run.Finish();
        return Bytes(model);
    }

    private static byte[] Bytes(Module module) => [.. module.state_dict().SelectMany(entry => entry.Value.bytes.ToArray())];
}
