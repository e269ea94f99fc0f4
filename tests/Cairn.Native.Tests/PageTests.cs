using System.Text.RegularExpressions;

namespace Cairn.Native.Tests;

/// <summary>What stands in docs/python.md, as a reader takes it from there: a script, the few lines that make it survive, and smaller programs.</summary>
public sealed partial class PageTests : IDisposable
{
    // Behind the page's program: all that its next step would depend on. At a batch that is named it sends itself a signal, as soon as the step has begun.
    private const string Driver = """
        import hashlib, os, runpy, signal, sys, torch
        signal_name, batch_number = sys.argv[1], int(sys.argv[2])
        loss, seen = torch.nn.functional.mse_loss, 0

        def counted(*arguments):
            global seen
            seen += 1
            if seen == batch_number:
                os.kill(os.getpid(), getattr(signal, "SIG" + signal_name))
            return loss(*arguments)

        torch.nn.functional.mse_loss = counted
        page = runpy.run_path("page.py", run_name="__main__")

        def tell(name, value):
            if isinstance(value, dict):
                for key in value:
                    tell("{}.{}".format(name, key), value[key])
            elif isinstance(value, (list, tuple)):
                for i, one in enumerate(value):
                    tell("{}.{}".format(name, i), one)
            elif isinstance(value, torch.Tensor):
                print(name, value.dtype, tuple(value.shape), hashlib.sha256(value.contiguous().numpy().tobytes()).hexdigest())
            else:
                print(name, repr(value))

        for name in ("model", "optimizer", "scheduler", "scaler"):
            tell(name, page[name].state_dict())
        tell("early", vars(page["early"]))
        tell("final", torch.load("final.pt"))
        print(torch.rand(1).item())
        """;

    private readonly Sandbox sandbox = new();

    [Fact]
    public void The_script_with_the_lines_that_come_ends_with_the_same_bytes_however_it_is_stopped()
    {
        Sandbox.NeedTorch();
        var diff = Block("docs/python.md", "diff", 0);
        Assert.InRange(diff.Split('\n').Count(line => line.StartsWith('+')), 1, 10);
        File.WriteAllText(sandbox.At("page.py"), Patched(Block("docs/python.md", "python", 0), diff));
        File.WriteAllText(sandbox.At("driver.py"), Driver);
        var straight = Run("USR2", 0);
        Assert.True(straight.ExitCode == 0, straight.All);
        Assert.True(straight.Output.Count > 20, straight.All);
        Directory.Delete(sandbox.At("checkpoints"), recursive: true);

        var told = new List<string>();
        foreach (var (signal, batch, code) in new[] { ("USR2", 23, 143), ("TERM", 41, 143), ("KILL", 30, 137), ("INT", 25, 130) })
        {
            var cut = Run(signal, batch);
            Assert.True(cut.ExitCode == code, $"{signal}: {cut.All}");
            told.AddRange(cut.Output);
        }

        var last = Run("USR2", 0);
        Assert.True(last.ExitCode == 0, last.All);
        told.AddRange(last.Output);

        // What a kill or Ctrl-C took is said again, the same; nothing else is said twice.
        Assert.Equal(straight.Output, told.Distinct());
    }

    [Fact]
    public void The_script_as_it_is_and_the_smaller_programs_run()
    {
        Sandbox.NeedTorch();
        var programs = Code("docs/python.md", "python").ToArray();
        Assert.True(programs.Length >= 3, $"{programs.Length} programs");
        // The piece that the README has speaks of what the script makes before its loop.
        programs = [.. programs, programs[0][..programs[0].IndexOf("for epoch in", StringComparison.Ordinal)] + Block("README.md", "python", 0)];
        var running = programs.Select((program, number) =>
        {
            Directory.CreateDirectory(sandbox.At($"{number}"));
            File.WriteAllText(sandbox.At($"{number}/program.py"), program);
            return sandbox.StartPython("-c", $"import os, runpy; os.chdir('{number}'); runpy.run_path('program.py', run_name='__main__')");
        }).ToArray();
        foreach (var one in running)
        {
            one.End();
            Assert.True(one.ExitCode == 0, one.All);
        }
    }

    public void Dispose() => sandbox.Dispose();

    private Sandbox.Running Run(string signal, int batch)
    {
        var run = sandbox.StartPython("driver.py", signal, batch.ToString(System.Globalization.CultureInfo.InvariantCulture));
        run.End();
        return run;
    }

    internal static IEnumerable<string> Code(string page, string language) =>
        Blocks().Matches(File.ReadAllText(Sandbox.Beside(page))).Where(block => block.Groups["language"].Value == language).Select(block => block.Groups["code"].Value);

    private static string Block(string page, string language, int number) => Code(page, language).ElementAt(number);

    // A diff without line numbers, where " ..." stands for whatever comes before the next line that is there.
    private static string Patched(string script, string diff)
    {
        var lines = new Queue<string>(script.TrimEnd('\n').Split('\n'));
        var patched = new List<string>();
        var leaps = false;
        foreach (var line in diff.TrimEnd('\n').Split('\n'))
        {
            leaps = leaps || line == " ...";
            if (line == " ...")
                continue;
            if (line.StartsWith('+'))
            {
                patched.Add(line[1..]);
                continue;
            }

            var text = line.Length == 0 ? "" : line[1..];
            while (leaps && lines.Count > 0 && lines.Peek() != text)
                patched.Add(lines.Dequeue());
            leaps = false;
            Assert.True(lines.TryDequeue(out var there) && there == text, $"the diff speaks of '{text}', and the script has '{there}' there");
            if (!line.StartsWith('-'))
                patched.Add(text);
        }

        return string.Join('\n', patched.Concat(lines)) + "\n";
    }

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Blocks();
}
