using Cairn.Checkpoints;
using Cairn.Posix;

namespace Cairn.Tests.Checkpoints;

/// <summary>Frozen is what did not change between saves, whatever a part says of it.</summary>
public sealed class FrozenTensorsTests : IDisposable
{
    private const string Frozen = "model.frozen.safetensors";
    private const int Large = 300_000; // floats: more than is worth a file
    private static readonly string[] Both = ["model.frozen.safetensors", "model.safetensors"];
    private static readonly string[] One = ["model.safetensors"];

    private readonly TemporaryFolder folder = new();

    public static TheoryData<SaveMode> Modes => new(Enum.GetValues<SaveMode>());

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Modes))]
    public void An_average_that_is_said_to_be_frozen_and_changes_is_never_linked_and_soon_not_among_the_frozen(SaveMode mode)
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 6; step++)
            Save(store, step, mode, ("head", step, false), ("average", step, true));
        Assert.Equal([Both, Both, One, One, One, One], Files(6));
        Assert.NotEqual(Identity(1), Identity(2));
        AssertAreRight(store, step => [("head", step, false), ("average", step, true)]);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_backbone_that_does_not_change_is_linked_though_nobody_has_said_so_and_so_it_is_by_the_next_attempt(SaveMode mode)
    {
        using (var store = Stores.At(folder.Path))
        {
            for (var step = 1; step <= 6; step++)
                Save(store, step, mode, ("head", step, false), ("backbone", 1, false));
        }

        Assert.Equal([One, One, Both, Both, Both, Both], Files(6));
        Assert.NotEqual(Identity(3), Identity(4));
        Assert.Equal((Identity(3), Identity(4)), (Identity(5), Identity(6)));

        using var later = Stores.At(folder.Path);
        Assert.Equal(6, later.Restore(Parts(("head", 0, false), ("backbone", 0, false)))!.Step);
        Save(later, 7, mode, ("head", 7, false), ("backbone", 1, false));
        Assert.Equal(Identity(5), Identity(7));
        AssertAreRight(later, step => [("head", step, false), ("backbone", 1, false)]);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void One_of_two_that_thaws_goes_to_the_others_and_what_stays_is_linked_again(SaveMode mode)
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 9; step++)
            Save(store, step, mode, State(step));
        Assert.All(Files(9), files => Assert.Equal(Both, files));
        Assert.Equal(Identity(1), Identity(3));
        Assert.DoesNotContain(Identity(4), new[] { Identity(2), Identity(3) }); // it has other bytes
        Assert.NotEqual(Identity(5), Identity(6)); // that one alone has left it
        Assert.Equal((Identity(5), Identity(6)), (Identity(7), Identity(8)));
        Assert.Equal((One[0], Frozen), (FileOf(9, "thaws"), FileOf(9, "stays")));
        AssertAreRight(store, State);

        static (string, long, bool)[] State(long step) => [("head", step, false), ("thaws", step < 4 ? 0 : step, true), ("stays", 1, true)];
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void What_freezes_later_is_linked_from_then_on(SaveMode mode)
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 8; step++)
            Save(store, step, mode, State(step));
        Assert.Equal([One, One, One, One, Both, Both, Both, Both], Files(8));
        Assert.Equal((Identity(5), Identity(6)), (Identity(7), Identity(8)));
        AssertAreRight(store, State);

        static (string, long, bool)[] State(long step) => [("head", step, false), ("freezes", Math.Min(step, 3), false)];
    }

    [Fact]
    public void What_rests_now_and_then_changes_its_place_twice_and_no_more()
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 12; step++)
            Save(store, step, SaveMode.Synchronous, State(step));
        Assert.Equal([One, One, One, Both, Both, One], Files(6)); // 2 and 3 are the same; 4 and 5, in one form again, are not
        Assert.All(Files(12).Skip(5), files => Assert.Equal(One, files));
        AssertAreRight(store, State);

        static (string, long, bool)[] State(long step) => [("head", step, false), ("rests", step is 2 or 3 ? 2 : step is 9 or 10 ? 9 : step + 100, false)];
    }

    [Fact]
    public void What_is_too_small_for_a_file_of_its_own_stays_with_the_others()
    {
        using var store = Stores.At(folder.Path);
        var part = new TestPart { Tensors = [PartTensor.Of("mask", DType.Float32, new float[100])] };
        for (var step = 1; step <= 4; step++)
            store.Save(step, new Dictionary<string, ICheckpointPart> { ["model"] = part }, Stores.Attempt(1), Stores.NoMetadata).Wait();
        Assert.All(Files(4), files => Assert.Equal(One, files));
    }

    [Fact]
    public void What_does_not_change_is_linked_beside_a_part_that_has_another_form_in_every_save()
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 6; step++)
        {
            var parts = Parts(("head", step, false), ("backbone", 1, false));
            parts["losses"] = new TestPart { Tensors = [PartTensor.Of("array", DType.Float32, new float[step])] };
            store.Save(step, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        }

        Assert.All(Files(6).Skip(2), files => Assert.Contains(Frozen, files));
        Assert.Equal((Identity(3), Identity(4)), (Identity(5), Identity(6)));
    }

    [Fact]
    public void The_same_state_in_other_files_serves_as_saved()
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 5; step++)
            Save(store, step, SaveMode.Synchronous, ("head", step, false), ("backbone", 1, false));
        Assert.Equal(Both, Files(5)[^1]);

        using var another = Stores.At(folder.Path);
        var saved = another.Save(5, Parts(("head", 5, false), ("backbone", 1, false)), Stores.Attempt(2), Stores.NoMetadata).Wait();
        Assert.True(saved.AlreadyThere);
    }

    private static void Save(CheckpointStore store, long step, SaveMode mode, params (string Name, long Number, bool Guess)[] tensors)
    {
        if (mode == SaveMode.Synchronous)
        {
            store.Save(step, Parts(tensors), Stores.Attempt(1), Stores.NoMetadata).Wait();
            return;
        }

        var save = store.Begin(step, Parts(tensors), Stores.Attempt(1), Stores.NoMetadata, _ => { });
        save.Wait();
        Assert.True(save.Join(TimeSpan.FromMinutes(1)));
    }

    private static Dictionary<string, ICheckpointPart> Parts(params (string Name, long Number, bool Guess)[] tensors) =>
        new() { ["model"] = new TestPart { Tensors = [.. tensors.Select(tensor => Tensor(tensor.Name, tensor.Number, tensor.Guess))] } };

    private static ArrayTensor<float> Tensor(string name, long number, bool guess)
    {
        var data = new float[Large];
        data[^1] = number;
        return new ArrayTensor<float>(new TensorInfo(name, DType.Float32, [Large]), data) { Frozen = guess };
    }

    private void AssertAreRight(CheckpointStore store, Func<long, (string Name, long Number, bool Guess)[]> stateOf)
    {
        foreach (var checkpoint in store.List())
        {
            Assert.Empty(checkpoint.Verify());
            var parts = Parts([.. stateOf(checkpoint.Step).Select(tensor => (tensor.Name, -1L, tensor.Guess))]);
            using var reader = Stores.At(folder.Path);
            Assert.Equal(checkpoint.Step, reader.Restore(parts, checkpoint.Step)!.Step);
            Assert.Equal(((TestPart)Parts(stateOf(checkpoint.Step))["model"]).Bytes(), ((TestPart)parts["model"]).Bytes());
        }
    }

    private string[][] Files(int steps) =>
        [.. Enumerable.Range(1, steps).Select(step => Stores.Names(PathOf(step)).Where(name => name != "checkpoint.json").Order(StringComparer.Ordinal).ToArray())];

    private string FileOf(long step, string tensor) =>
        new CheckpointEntry(step, PathOf(step)).ReadRecord().Parts.Single().Tensors.Single(one => one.Name == tensor).File;

    private string PathOf(long step) => Path.Combine(folder.Path, CheckpointNames.ForStep(step));

    private FileIdentity Identity(long step)
    {
        using var directory = PosixDirectory.Open(PathOf(step), followLink: false);
        using var opened = PosixFile.OpenRead(directory, Frozen);
        return opened.Identity()!.Value;
    }
}
