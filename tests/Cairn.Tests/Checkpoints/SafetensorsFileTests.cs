using System.Diagnostics;
using System.Text;
using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

/// <summary>Safetensors files from anywhere.</summary>
public sealed class SafetensorsFileTests : IDisposable
{
    private const string Sound = """{"a.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"I64","shape":[1],"data_offsets":[16,24]},"__metadata__":{"format":"pt"}}""";

    private readonly TemporaryFolder folder = new();

    private string Path => folder["model.safetensors"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Tensors_are_read_and_loaded_by_name()
    {
        Write(Sound, 24);
        using var file = SafetensorsFile.Open(Path);
        var (weight, head) = (new float[4], new long[] { 7 });

        var loaded = file.Load([PartTensor.Of("body.weight", DType.Float32, weight, 2, 2), PartTensor.Of("head", DType.Int64, head)], name => name == "head" ? null : "a.weight", strict: false);

        Assert.Equal(["a.weight", "b"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([0x1716151413121110], file.ReadArray<long>("b"));
        Assert.Equal(BitConverter.ToSingle([4, 5, 6, 7]), weight[1]);
        Assert.Equal(7, head[0]);
        Assert.Equal(["body.weight"], loaded.Loaded);
        Assert.Empty(loaded.NotInCheckpoint);
        Assert.Equal(["b"], loaded.NotInProgram);
    }

    [Fact]
    public void A_link_is_followed_for_hubs_keep_files_so()
    {
        Write(Sound, 24);
        File.CreateSymbolicLink(folder["link.safetensors"], "model.safetensors");
        using var file = SafetensorsFile.Open(folder["link.safetensors"]);
        Assert.Equal(2, file.Tensors.Count);
    }

    [Fact]
    public void What_does_not_fit_is_listed_and_nothing_is_touched()
    {
        Write(Sound, 24);
        using var file = SafetensorsFile.Open(Path);
        var b = new long[] { 7 };
        var error = Assert.Throws<CheckpointMismatchException>(() => file.Load([PartTensor.Of("b", DType.Int64, b), PartTensor.Of("a.weight", DType.Float64, new double[4], 2, 2)]));
        Assert.Equal(["a.weight is float64 [2, 2], in the file float32 [2, 2]"], error.Differences);
        Assert.StartsWith($"{Path} does not fit this program. Nothing was loaded.", error.Message, StringComparison.Ordinal);
        Assert.Equal(7, b[0]);
        Assert.Contains("has no tensor 'c'; it has a.weight, b", Assert.Throws<ArgumentException>(() => file.ReadArray<long>("c")).Message, StringComparison.Ordinal);
        Assert.Contains("has elements of 4 bytes, Int64 has 8", Assert.Throws<ArgumentException>(() => file.ReadArray<long>("a.weight")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 12, "end at byte")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}""", 16, "not sound")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}""", 24, "begins at 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}""", 16, "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 16, "twice")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "unknown element type 'F8_E4M3'")]
    [InlineData("""[1,2]""", 0, "does not begin with '{'")]
    [InlineData("", 0, "too few")]
    public void A_hostile_header_is_refused(string header, int bytes, string what)
    {
        if (header.Length == 0)
            File.WriteAllBytes(Path, [1, 2]);
        else
            Write(header, bytes);
        var error = Assert.Throws<CheckpointCorruptException>(() => SafetensorsFile.Open(Path));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"{Path}: it is no sound safetensors file: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_that_is_a_lie_takes_no_memory()
    {
        File.WriteAllBytes(Path, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, (byte)'{', (byte)'}']);
        Assert.Contains("header's length is given as", Assert.Throws<CheckpointCorruptException>(() => SafetensorsFile.Open(Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.pt", "PK\u0003\u0004....")]
    [InlineData("model.bin", "\u0080\u0002ccos\nsystem")]
    public void A_file_of_torch_save_is_refused_with_the_line_that_converts_it(string name, string content)
    {
        File.WriteAllBytes(folder[name], Encoding.Latin1.GetBytes(content));
        var error = Assert.Throws<CheckpointCorruptException>(() => SafetensorsFile.Open(folder[name]));
        Assert.Contains($"weights_only=True).items()}}, sys.argv[2])' {folder[name]} {folder["model.safetensors"]}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_file_is_said()
    {
        Assert.Contains("there is no file", Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(Path)).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(folder.Path)).Message, StringComparison.Ordinal);
        using (var mkfifo = Process.Start("mkfifo", [Path]))
            mkfifo.WaitForExit();
        Assert.Contains("can't be read now", Assert.Throws<CheckpointReadException>(() => SafetensorsFile.Open(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_changes_meanwhile_is_refused()
    {
        Write(Sound, 24);
        using var file = SafetensorsFile.Open(Path);
        File.SetLastWriteTimeUtc(Path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Contains("it was changed since it was opened", Assert.Throws<CheckpointCorruptException>(() => file.ReadArray<long>("b")).Message, StringComparison.Ordinal);
        using (var cut = new FileStream(Path, FileMode.Open))
            cut.SetLength(20);
        Assert.Contains("it became shorter", Assert.Throws<CheckpointCorruptException>(() => file.ReadArray<long>("b")).Message, StringComparison.Ordinal);
    }

    private void Write(string header, int bytes) =>
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. Enumerable.Range(0, bytes).Select(i => (byte)i)]);
}
