using System.Globalization;
using System.Runtime.InteropServices;

namespace Cairn.Native.Tests;

/// <summary>The program in C of the examples, over cairn.h alone.</summary>
public sealed class CProgramTests : IDisposable
{
    private const string Steps = "400";

    private readonly Sandbox sandbox = new();

    [Fact]
    public void Cut_by_signals_and_kills_it_ends_with_the_same_bytes()
    {
        Build();
        var straight = sandbox.Run(sandbox.At("train"), "straight", "straight.bin", Steps);
        Assert.True(straight.ExitCode == 0, straight.All);

        // Without Slurm nobody starts it again after USR2 or TERM (143) or Ctrl-C (130).
        foreach (var (signal, inherited, code) in new[] { ("USR2", "default", 143), ("KILL", "default", 137), ("TERM", "default", 143), ("TERM", "ignore", 143), ("INT", "default", 130), ("KILL", "default", 137) })
        {
            var cut = sandbox.Start("env", $"--{inherited}-signal=TERM", sandbox.At("train"), "cut", "cut.bin", Steps, "2000");
            cut.Await(line => line.StartsWith("step ", StringComparison.Ordinal));
            cut.Signal(signal);
            cut.End();
            Assert.True(cut.ExitCode == code, $"{signal}: {cut.All}");
            Assert.False(File.Exists(sandbox.At("cut.bin")), cut.All);
        }

        var last = sandbox.Run(sandbox.At("train"), "cut", "cut.bin", Steps);
        Assert.True(last.ExitCode == 0, last.All);
        Assert.Contains("finished: 400 steps in 7 attempt(s)", last.Errors, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(sandbox.At("straight.bin")), File.ReadAllBytes(sandbox.At("cut.bin")));

        // It went on, and did not begin anew.
        var first = last.Output[0].Split(' ')[1];
        Assert.True(int.Parse(first, CultureInfo.InvariantCulture) > 0, last.All);

        var again = sandbox.Run(sandbox.At("train"), "cut", "again.bin", Steps);
        Assert.True(again.ExitCode == 0 && !File.Exists(sandbox.At("again.bin")), again.All);
    }

    [Fact]
    public void Its_checkpoints_are_read_without_a_run()
    {
        Build();
        Build("Programs/read.c", "read");
        Assert.Equal(0, sandbox.Run(sandbox.At("train"), "folder", "result.bin", Steps).ExitCode);
        var weights = MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(sandbox.At("result.bin")));
        var sum = 0.0;
        foreach (var weight in weights)
            sum += weight;

        var read = sandbox.Run(sandbox.At("read"), "folder", "step=400");
        Assert.True(read.ExitCode == 0, read.All);
        Assert.Matches("^400 [1-9][0-9]* good$", read.Output[0]);
        Assert.Equal(Directory.GetDirectories(sandbox.At("folder"), "step-*").Length, read.Output.Count - 2);
        Assert.Equal($"step 400 weights {sum:G17}", read.Output[^2]);
        Assert.Equal($"1 tensors of part 'model' {sum:G17}", read.Output[^1]);
        Assert.True(File.Exists(sandbox.At("exported.safetensors")));

        var none = sandbox.Run(sandbox.At("read"), "folder", "step=7");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("read: 1 there is no checkpoint of step 7 in ", none.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_is_a_number_with_a_text_and_a_code_for_the_program()
    {
        Build();
        File.WriteAllText(sandbox.At("file"), "");
        var refused = sandbox.Run(sandbox.At("train"), "file", "result.bin", Steps);
        Assert.True(refused.ExitCode != 0, refused.All);
        Assert.Matches($"train: .*{sandbox.At("file")}", refused.Errors);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("library")]
    public void What_signals_do_in_a_host_is_changed_for_those_alone_that_are_named(string signals)
    {
        Build("Programs/signals.c", "signals");
        string[] atFirst = ["loaded: 8", "loaded: 11", "loaded: 13", "loaded: 34"]; // FPE, SEGV, PIPE, RTMIN
        string[] whereHeard = ["opened: 2", "opened: 3", "opened: 12", "opened: 15", "opened: 18"]; // INT, QUIT, USR2, TERM, CONT
        foreach (var others in new string[][] { [], ["with the handlers at the other signals"] })
        {
            var run = sandbox.Run(sandbox.At("signals"), ["folder" + others.Length, "signals=" + signals, .. others]);
            Assert.True(run.ExitCode == 0, run.All);
            Assert.Contains("cairn: finished: 3 steps", run.Errors, StringComparison.Ordinal); // so it has spoken
            var opened = signals == "host" ? [] : whereHeard;
            var given = run.Output.Where(line => line.StartsWith("closed: ", StringComparison.Ordinal)).ToList(); // back
            Assert.Equal([.. atFirst, .. opened, .. given], run.Output);
            Assert.All(given, line => Assert.Contains(line.Replace("closed", "opened", StringComparison.Ordinal), opened));
        }
    }

    [Theory]
    [InlineData("synchronous")]
    [InlineData("asynchronous")]
    [InlineData("overlapped")]
    public void Tensors_that_a_device_copies_are_saved_and_every_wrong_use_of_them_is_an_error(string mode)
    {
        Build("Programs/sources.c", "sources");
        foreach (var (words, options) in new[] { ("the device is gone", (string[])[]), ("the function that waits for their device answered 700", ["fails"]) })
        {
            var run = sandbox.Run(sandbox.At("sources"), ["folder" + options.Length, "save-mode=" + mode, .. options]);
            Assert.True(run.ExitCode == 0, run.All);
            Assert.Equal(
                ["2 tensor there: float64 [1000000]: the device, or the function that copies from it, is NULL",
                    "2 tensor nowhere: float64 [1000000]: the device, or the function that copies from it, is NULL",
                    "2 the function is NULL",
                    "tensor there: float64 [1000000]: " + words,
                    mode == "synchronous" ? "memory came and went 0 times, and 0 bytes stay" : "memory came and went 2 times, and 0 bytes stay",
                    "2 tensor there: float64 [1000000] lies on a device, and nothing can be read into it: give memory",
                    mode == "synchronous" ? "equal, in pieces" : "equal, at once"],
                run.Output);
        }
    }

    public void Dispose() => sandbox.Dispose();

    private void Build(string source = "C/train.c", string program = "train")
    {
        var folder = Path.GetDirectoryName(Sandbox.Library)!;
        Assert.SkipUnless(File.Exists("/usr/bin/cc"), "there is no /usr/bin/cc");
        var compiler = sandbox.Run(
            "/usr/bin/cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O2", "-I", Sandbox.Beside("C"), Sandbox.Beside(source), "-L", folder, "-lcairn",
            "-Wl,-rpath," + folder, "-o", program);
        Assert.True(compiler.ExitCode == 0, compiler.All);
    }
}
