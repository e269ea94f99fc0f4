using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Inspection;

/// <summary><c>cairn export</c> as a process.</summary>
public sealed class ExportTests : IDisposable
{
    // By the format alone, as any other program reads it.
    private const string Reader =
        """
        import json, struct, sys
        with open(sys.argv[1], "rb") as file:
            length, = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            data = file.read()
        header.pop("__metadata__", None)
        for name, tensor in sorted(header.items()):
            begin, end = tensor["data_offsets"]
            form = {"F32": "<%df", "I64": "<%dq", "I16": "<%dh"}[tensor["dtype"]]
            size = {"F32": 4, "I64": 8, "I16": 2}[tensor["dtype"]]
            values = struct.unpack(form % ((end - begin) // size), data[begin:end])
            print(name, tensor["dtype"], tensor["shape"], values[0], values[-1])
        """;

    private readonly MadeFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task In_JSON_too()
    {
        _folder.SaveAs(1, (10, 5));
        var told = await _folder.JsonAsync(0, "export", "-o", _folder["..", "model.safetensors"]);
        Assert.Equal((10, "model", new FileInfo(_folder["..", "model.safetensors"]).Length), (told.GetProperty("step").GetInt64(), told.GetProperty("part").GetString(), told.GetProperty("bytes").GetInt64()));
    }

    [Theory]
    [InlineData(30)]
    [InlineData(10, "10")]
    [InlineData(20, "--lowest", "loss")]
    [InlineData(10, "--highest", "loss")]
    [InlineData(30, "latest", "--part", "model")]
    public async Task All_tensors_of_the_part_are_in_it_the_frozen_ones_too(long step, params string[] which)
    {
        _folder.SaveAs(1, (10, 5), (20, 1), (30, 3));
        var run = await _folder.CairnAsync(["export", _folder.Path, .. which, "-o", _folder["..", "model.safetensors"]]);
        Assert.True(run.ExitCode == 0, run.StandardError);
        Assert.StartsWith($"wrote model of step {step} to ", run.StandardOutput, StringComparison.Ordinal);
        var read = await CliWrap.Cli.Wrap("python3").WithArguments(["-c", Reader, _folder["..", "model.safetensors"]]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal($"embedding I16 [50] 0 49\nlayer.bias I64 [2] {step} -{step}\nlayer.weight F32 [4, 3] {step}.0 ", read.StandardOutput[..read.StandardOutput.LastIndexOf($"{step}.1", StringComparison.Ordinal)]);
    }

    [Fact]
    public async Task A_damaged_one_is_passed_over_by_name_and_refused_when_it_is_chosen()
    {
        _folder.Save(10, 20);
        _folder.Flip(MadeFolder.Name(20), "checkpoint.json", 30);
        var run = await _folder.CairnAsync("export", "-o", "model.safetensors");
        Assert.True(run.ExitCode == 0, run.StandardError);
        Assert.Contains("step-0000000020 is passed over", run.StandardError, StringComparison.Ordinal);
        Assert.Contains("model of step 10", run.StandardOutput, StringComparison.Ordinal);
        var chosen = await _folder.CairnAsync("export", "20", "-o", "other.safetensors");
        Assert.Equal((1, ""), (chosen.ExitCode, chosen.StandardOutput));
        Assert.StartsWith("cairn: nothing is written: ", chosen.StandardError, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["..", "other.safetensors"]));
    }

    [Fact]
    public async Task A_wrong_byte_leaves_what_was_there()
    {
        _folder.Save(10);
        _folder.Flip(MadeFolder.Name(10), "model.safetensors", 4100);
        File.WriteAllText(_folder["..", "model.safetensors"], "an older one");
        var run = await _folder.CairnAsync("export", "-o", "model.safetensors");
        Assert.Equal((1, ""), (run.ExitCode, run.StandardOutput));
        Assert.Equal("an older one", File.ReadAllText(_folder["..", "model.safetensors"]));
    }

    [Theory]
    [InlineData("nowhere/model.safetensors")]
    [InlineData("checkpoints")]
    public async Task Where_the_file_cannot_be_written_that_is_said(string output)
    {
        _folder.Save(10);
        var run = await _folder.CairnAsync("export", "-o", output);
        Assert.Equal((1, ""), (run.ExitCode, run.StandardOutput));
        Assert.StartsWith("cairn: nothing is written: ", run.StandardError, StringComparison.Ordinal);
        Assert.Equal(["checkpoints"], Directory.GetFileSystemEntries(_folder[".."]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_pipe_or_a_device_is_not_replaced()
    {
        _folder.Save(10);
        await CliWrap.Cli.Wrap("mkfifo").WithArguments([_folder["..", "pipe"]]).ExecuteAsync(TestContext.Current.CancellationToken);
        var run = await _folder.CairnAsync("export", "-o", "pipe");
        Assert.Equal((1, ""), (run.ExitCode, run.StandardOutput));
        Assert.Contains("is no regular file", run.StandardError, StringComparison.Ordinal);
        Assert.Equal("fifo", (await CliWrap.Cli.Wrap("stat").WithArguments(["-c", "%F", _folder["..", "pipe"]]).ExecuteBufferedAsync(TestContext.Current.CancellationToken)).StandardOutput.Trim());
    }

    [Fact]
    public async Task What_cannot_be_read_now_is_no_damage()
    {
        _folder.Save(10);
        var run = await _folder.StaleAsync(["step-0000000010"], "export", "10", "-o", "model.safetensors");
        Assert.True(run.ExitCode == 3, run.StandardOutput + run.StandardError);
    }
}
