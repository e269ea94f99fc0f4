using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Cairn.Tests.Runs;

/// <summary>The program ArrayTrainer as a child, whose lines a test waits for and that it signals by its pid.</summary>
internal sealed partial class Trainer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    // signal(7), as x86 and Arm number them.
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal)
    {
        ["HUP"] = 1,
        ["INT"] = 2,
        ["KILL"] = 9,
        ["USR1"] = 10,
        ["USR2"] = 12,
        ["TERM"] = 15,
        ["CONT"] = 18,
        ["STOP"] = 19,
        ["RTMIN+3"] = 37,
    };

    private readonly Process process;
    private readonly BlockingCollection<string> lines = [];
    private readonly ConcurrentQueue<string> messages = [];

    private Trainer(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is null)
                lines.CompleteAdding();
            else
                lines.Add(e.Data);
        };
        process.ErrorDataReceived += (_, e) => messages.Enqueue(e.Data ?? string.Empty);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static string Program => TestProgram.At("ArrayTrainer");

    /// <summary>What it wrote on standard error so far.</summary>
    public string Messages => string.Join('\n', messages);

    public int Pid => process.Id;

    public static Trainer Start(string folder, long steps, params string[] arguments) => StartUnder([], folder, steps, arguments);

    /// <summary>Starts it by another program, which becomes it (env of coreutils, for example).</summary>
    public static Trainer StartUnder(string[] prefix, string folder, long steps, params string[] arguments) => StartCommand([.. prefix, Program], folder, steps, arguments);

    private static Trainer StartCommand(string[] command, string folder, long steps, string[] arguments)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var argument in (string[])[.. command[1..], folder, steps.ToString(), .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SLURM_", StringComparison.Ordinal) || name.StartsWith("CAIRN_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        return new Trainer(new Process { StartInfo = start });
    }

    /// <summary>Runs to the end.</summary>
    /// <returns>The exit code and the lines.</returns>
    public static (int ExitCode, IReadOnlyList<string> Lines, string Messages) Run(string folder, long steps, params string[] arguments)
    {
        using var trainer = Start(folder, steps, arguments);
        return trainer.ToEnd();
    }

    /// <summary>Runs to the end what is not compiled to native code.</summary>
    public static (int ExitCode, IReadOnlyList<string> Lines, string Messages) RunOnRuntime(string folder, long steps, params string[] arguments)
    {
        using var trainer = StartCommand([TestProgram.OnRuntime("ArrayTrainer")], folder, steps, arguments);
        return trainer.ToEnd();
    }

    /// <summary>Waits for a line.</summary>
    public void WaitFor(string line) => WaitFor(next => next == line, line);

    /// <summary>Waits until it is in any step.</summary>
    public void WaitForAnyStep() => WaitFor(next => next.StartsWith("step ", StringComparison.Ordinal), "step ...");

    /// <summary>Waits for a line that begins so, and returns it.</summary>
    public string WaitForLine(string begin) => WaitFor(next => next.StartsWith(begin, StringComparison.Ordinal), begin + "...");

    private string WaitFor(Func<string, bool> fits, string what)
    {
        var seen = new List<string>();
        while (lines.TryTake(out var next, Patience))
        {
            if (fits(next))
                return next;
            seen.Add(next);
        }

        throw new Xunit.Sdk.XunitException($"no line '{what}' came; seen: {string.Join(" | ", seen.TakeLast(5))}; {Messages}");
    }

    /// <summary>Waits for a text among the messages.</summary>
    public void WaitForMessage(string text) =>
        Assert.True(SpinWait.SpinUntil(() => Messages.Contains(text, StringComparison.Ordinal), Patience), $"no '{text}' came: {Messages}");

    /// <summary>Sends a signal to this process alone. Not by a program: its start takes a time that no test can know.</summary>
    /// <param name="name">HUP, INT, KILL, USR1, USR2, TERM, CONT, STOP or RTMIN+3.</param>
    public void Signal(string name) => Assert.True(Send(process.Id, Numbers[name]) == 0, $"{name} does not reach process {process.Id}: it has ended; {Messages}");

    /// <summary>Sends signals one right after the other, to this process alone.</summary>
    public void Signal(IEnumerable<string> names)
    {
        foreach (var name in names)
            Signal(name);
    }

    /// <summary>Whether it ends soon.</summary>
    public bool EndsWithin(TimeSpan time) => process.WaitForExit(time);

    public void SendLine() => process.StandardInput.WriteLine();

    public (int ExitCode, IReadOnlyList<string> Lines) WaitForEnd()
    {
        if (!process.WaitForExit(Patience))
            Assert.Fail($"still running after {Patience}; {Messages}");
        process.WaitForExit(); // until the streams are read to their end
        return (process.ExitCode, [.. lines.GetConsumingEnumerable()]);
    }

    private (int ExitCode, IReadOnlyList<string> Lines, string Messages) ToEnd()
    {
        var (exitCode, lines) = WaitForEnd();
        return (exitCode, lines, Messages);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
        lines.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int pid, int signal);
}
