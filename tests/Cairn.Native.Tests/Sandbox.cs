using System.Collections.Concurrent;
using System.Diagnostics;
using Cairn.Shared;

namespace Cairn.Native.Tests;

/// <summary>A folder of its own, and programs that know the published library and no job's variables.</summary>
internal sealed class Sandbox : IDisposable
{
    public const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // What the import says; it takes seconds, so one asks for all tests.
    private static readonly Lazy<string?> WithoutTorch = new(() =>
    {
        using var sandbox = new Sandbox();
        var import = sandbox.Run(Python, "-c", "import torch.distributed, numpy");
        return import.ExitCode == 0 ? null : import.Errors;
    });

    // Compiled once: some hundred programs import it, and each would do that again.
    private static readonly Lazy<string> Package = new(() =>
    {
        using var sandbox = new Sandbox();
        var compiled = sandbox.Run(Python, "-m", "compileall", "-q", Beside("python/cairn"));
        Assert.True(compiled.ExitCode == 0, compiled.All);
        return Beside("python");
    });

    public Sandbox() => Directory.CreateDirectory(Folder);

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "cairn-native-" + Guid.NewGuid().ToString("N"));

    /// <summary>Added to every program's environment. What trains here is tiny: of PyTorch's one thread a core the others would only wait, and take a processor for it.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal) { ["OMP_NUM_THREADS"] = "1" };

    /// <summary>The published library; without one the test is skipped.</summary>
    public static string Library
    {
        get
        {
            Assert.SkipWhen(Packed.Library is null, Packed.Reason);
            return Packed.Library!;
        }
    }

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>What the build has laid beside the tests.</summary>
    public static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, name);

    /// <summary>Starts a program.</summary>
    public Running Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = Folder };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        start.Environment["HOME"] = Folder;
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        return new Running(Process.Start(start)!);
    }

    /// <summary>Starts one and waits for its end.</summary>
    public Running Run(string program, params string[] arguments)
    {
        var running = Start(program, arguments);
        running.End();
        return running;
    }

    /// <summary>One of Python, with the package.</summary>
    public Running StartPython(params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(Python), $"there is no {Python}");
        Variables["LIBCAIRN"] = Library;
        Variables["PYTHONPATH"] = Package.Value;
        return Start(Python, ["-B", .. arguments]);
    }

    /// <summary>Without PyTorch the test is skipped.</summary>
    public static void NeedTorch()
    {
        Assert.SkipUnless(File.Exists(Python), $"there is no {Python}");
        Assert.SkipWhen(WithoutTorch.Value is not null, $"{Python} has no PyTorch (on Debian python3-torch): {WithoutTorch.Value}");
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A program that runs.</summary>
    internal sealed class Running
    {
        private readonly Process process;
        private readonly BlockingCollection<string> lines = [];
        private readonly ConcurrentQueue<string> errors = new();

        public Running(Process process)
        {
            this.process = process;
            process.OutputDataReceived += (_, line) =>
            {
                if (line.Data is null)
                    lines.CompleteAdding();
                else
                    lines.Add(line.Data);
            };
            process.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data ?? "");
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public List<string> Output { get; } = [];

        public string Errors => string.Join('\n', errors);

        public int ExitCode => process.ExitCode;

        public string All => $"code {(process.HasExited ? process.ExitCode : null)}\n{string.Join('\n', Output)}\n{Errors}";

        /// <summary>Waits for a line.</summary>
        public string Await(Func<string, bool> wanted)
        {
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                foreach (var line in lines.GetConsumingEnumerable(patience.Token))
                {
                    Output.Add(line);
                    if (wanted(line))
                        return line;
                }
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }

            Assert.Fail($"the line did not come: {All}");
            return "";
        }

        public void Signal(string name)
        {
            using var kill = Process.Start("kill", ["-" + name, process.Id.ToString()]);
            kill.WaitForExit();
        }

        public void End()
        {
            if (!process.WaitForExit(Patience))
            {
                process.Kill();
                Assert.Fail($"it does not end: {All}");
            }

            process.WaitForExit(); // for what it has written
            Output.AddRange(lines.GetConsumingEnumerable());
        }
    }
}
