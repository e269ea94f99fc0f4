using System.Diagnostics;
using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

/// <summary>Two checkpoints, the newer one damaged: the damage is found and named, the older one is used, and it is whole.</summary>
public sealed class DamageTests : IDisposable
{
    private const string Newer = "step-0000000020";
    private readonly TemporaryFolder folder = new();
    private readonly CheckpointStore store;

    public DamageTests()
    {
        store = Stores.At(folder.Path);
        store.SaveModel(10);
        store.SaveModel(20);
    }

    public static TheoryData<string> Files => ["checkpoint.json", "model.safetensors", "model.frozen.safetensors"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void A_missing_file(string file)
    {
        File.Delete(folder[Newer, file]);
        FallsBack(file, "missing");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_of_no_bytes(string file)
    {
        Damage.Truncate(folder[Newer, file], 0);
        FallsBack(file, "bytes");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_cut_short_at_any_place(string file)
    {
        var path = folder[Newer, file];
        var whole = File.ReadAllBytes(path);
        foreach (var length in Enumerable.Range(0, whole.Length).Where(i => i % 97 == 0 || i < 10 || i > whole.Length - 40))
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.NotEmpty(store.List()[0].Verify());
        }

        FallsBack(file, "");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_with_something_behind_it(string file)
    {
        Damage.Append(folder[Newer, file], 0);
        FallsBack(file, "");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_bit_flipped_anywhere(string file)
    {
        var path = folder[Newer, file];
        var length = new FileInfo(path).Length;
        for (var position = 0L; position < length; position++)
        {
            Damage.FlipBit(path, position, (int)(position % 8));
            Assert.True(store.List()[0].Verify() is [var fault] && fault.File == file, $"bit {position % 8} of byte {position} of {file} was not found");
            Damage.FlipBit(path, position, (int)(position % 8));
        }

        Assert.Empty(store.List()[0].Verify());
    }

    [Theory]
    [InlineData("checkpoint.json", 0)]
    [InlineData("checkpoint.json", 15)]
    [InlineData("checkpoint.json", 700)]
    [InlineData("checkpoint.json", -1)]
    [InlineData("checkpoint.json", -20)]
    [InlineData("model.safetensors", 0)]
    [InlineData("model.safetensors", 7)]
    [InlineData("model.safetensors", 8)]
    [InlineData("model.safetensors", 60)]
    [InlineData("model.safetensors", 4095)]
    [InlineData("model.safetensors", 4096)]
    [InlineData("model.safetensors", 4400)]
    [InlineData("model.safetensors", -1)]
    [InlineData("model.frozen.safetensors", 9)]
    [InlineData("model.frozen.safetensors", 4150)]
    public void A_flipped_bit_makes_the_restore_fall_back(string file, int position)
    {
        var path = folder[Newer, file];
        Damage.FlipBit(path, position >= 0 ? position : new FileInfo(path).Length + position, 3);
        FallsBack(file, "");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_same_file_of_another_checkpoint(string file)
    {
        // The frozen file of step 10 is the same in every byte and would be no damage.
        Stores.At(folder["other"]).Save(10, new Dictionary<string, ICheckpointPart> { ["model"] = Other() }, Stores.Attempt(1), Stores.NoMetadata).Wait();
        File.Copy(folder["other", "step-0000000010", file], folder[Newer, file], overwrite: true);
        FallsBack(file, "");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Random_bytes_instead_of_a_file(string file)
    {
        var bytes = new byte[new FileInfo(folder[Newer, file]).Length];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(folder[Newer, file], bytes);
        FallsBack(file, "");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_directory_instead_of_a_file(string file)
    {
        File.Delete(folder[Newer, file]);
        Directory.CreateDirectory(folder[Newer, file]);
        FallsBack(file, "");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_symbolic_link_instead_of_a_file_even_to_the_right_bytes(string file)
    {
        File.Move(folder[Newer, file], folder["outside"]);
        File.CreateSymbolicLink(folder[Newer, file], folder["outside"]);
        FallsBack(file, "symbolic link");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_pipe_instead_of_a_file_does_not_block(string file)
    {
        File.Delete(folder[Newer, file]);
        using (var process = Process.Start(new ProcessStartInfo("mkfifo", [folder[Newer, file]]))!)
            process.WaitForExit();
        FallsBack(file, "no regular file");
    }

    [Fact]
    public void A_symbolic_link_instead_of_the_directory_even_to_the_right_one()
    {
        Rename(folder[Newer], folder["outside"]);
        Directory.CreateSymbolicLink(folder[Newer], folder["outside"]);
        FallsBack(file: null, "symbolic link");
    }

    [Fact]
    public void A_file_instead_of_the_directory()
    {
        Directory.Delete(folder[Newer], recursive: true);
        File.WriteAllText(folder[Newer], "x");
        FallsBack(file: null, "no directory");
    }

    [Fact]
    public void An_empty_directory()
    {
        Directory.Delete(folder[Newer], recursive: true);
        Directory.CreateDirectory(folder[Newer]);
        FallsBack("checkpoint.json", "missing");
    }

    [Fact]
    public void The_directory_of_another_step()
    {
        Directory.Delete(folder[Newer], recursive: true);
        Rename(folder["step-0000000010"], folder[Newer]);
        store.SaveModel(10);
        FallsBack("checkpoint.json", "step 10");
    }

    [Fact]
    public void A_file_that_nobody_knows_does_no_harm()
    {
        File.WriteAllText(folder[Newer, "notes.txt"], "mine");
        Assert.Equal(20, store.Restore(TestPart.OnlyModel(0))!.Step);
    }

    [Fact]
    public void Everything_that_is_wrong_is_listed_by_a_verification()
    {
        var parts = TestPart.OnlyModel(30);
        parts["second"] = TestPart.Model(31);
        store.Save(30, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        File.Delete(folder["step-0000000030", "model.safetensors"]);
        Damage.FlipBit(folder["step-0000000030", "second.safetensors"], 4096);
        Damage.FlipBit(folder["step-0000000030", "second.safetensors"], 4096 + 80);

        var faults = store.List()[0].Verify();

        Assert.Equal(["model.safetensors", "second.safetensors", "second.safetensors"], faults.Select(fault => fault.File));
        Assert.Contains("'bias'", faults[1].Problem, StringComparison.Ordinal);
        Assert.Contains("'weight'", faults[2].Problem, StringComparison.Ordinal);
    }

    private static TestPart Other()
    {
        var part = TestPart.Model(11);
        part.Tensors[2] = TestPart.Frozen("embedding", new short[50]);
        return part;
    }

    private static void Rename(string from, string to) => Cairn.Posix.PosixDirectory.Rename(from, to);

    private void FallsBack(string? file, string reason)
    {
        var model = TestPart.Model(0);

        var outcome = store.Restore(new Dictionary<string, ICheckpointPart> { ["model"] = model });

        Assert.Equal(10, outcome!.Step);
        Assert.True(model.IsModelOf(10));
        var skipped = Assert.Single(outcome.Skipped);
        Assert.Equal((20, folder[Newer]), (skipped.Step, skipped.Path));
        Assert.Contains(reason, skipped.Reason, StringComparison.Ordinal);
        if (file is not null)
            Assert.StartsWith(file + ":", skipped.Reason, StringComparison.Ordinal);
        Assert.NotEmpty(store.List()[0].Verify());
    }
}
