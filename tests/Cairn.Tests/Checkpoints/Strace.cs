using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Cairn.Tests.Checkpoints;

/// <summary>A system call that a thread made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Number">The how-manieth call of that name by its thread since the tracer came, from 1: so does strace count, too.</param>
/// <param name="Text">The line of the trace: arguments with the paths behind descriptors, and the result.</param>
internal sealed record TracedCall(string Name, int Number, string Text)
{
    public bool WasInjected => Text.Contains("(INJECTED)", StringComparison.Ordinal);
}

/// <summary>
/// strace, attached to a program that waits: what it traces and injects begins with what the test asks of the program next, and
/// not with the thousands of calls of a start. The program runs on when this is disposed of.
/// </summary>
internal sealed partial class Strace : IDisposable
{
    private readonly Process process;
    private readonly string output;

    private Strace(Process process, string output)
    {
        this.process = process;
        this.output = output;
    }

    /// <summary>Skips the test where strace is not installed.</summary>
    public static void Need()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Assert.SkipUnless(paths.Any(path => File.Exists(Path.Combine(path, "strace"))), "strace is not installed");
    }

    /// <summary>Attaches to all threads of a process, those that it will begin too.</summary>
    /// <param name="pid">Which.</param>
    /// <param name="output">Where the trace goes.</param>
    /// <param name="options">What to trace or inject; a later word on the same call counts.</param>
    public static async Task<Strace> Attach(int pid, string output, params string[] options)
    {
        var start = new ProcessStartInfo("strace", ["-f", "-y", "-o", output, .. options, "-p", $"{pid}"]) { RedirectStandardError = true, UseShellExecute = false };
        var tracer = Process.Start(start)!;
        var said = await tracer.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
        if (said.Contains("attached", StringComparison.Ordinal))
        {
            // Read on to the end: a pipe that is full would hold up the tracer, and so the program.
            _ = tracer.StandardError.ReadToEndAsync(CancellationToken.None);
            return new Strace(tracer, output);
        }

        await tracer.WaitForExitAsync(TestContext.Current.CancellationToken);
        tracer.Dispose();
        Assert.SkipWhen(said.Contains("not permitted", StringComparison.Ordinal), $"strace may not attach to a process here: {said}");
        throw new InvalidOperationException(said);
    }

    /// <summary>Lets go of the program, which has to be alive and at rest, and returns what was traced.</summary>
    public IReadOnlyList<TracedCall> Detach()
    {
        Interrupt();
        var counts = new Dictionary<(string Thread, string Name), int>();
        var begun = new Dictionary<string, int>();
        var calls = new List<TracedCall>();
        foreach (var line in File.ReadLines(output))
        {
            if (Call().Match(line) is { Success: true } call)
            {
                var (thread, name) = (call.Groups["thread"].Value, call.Groups["name"].Value);
                counts[(thread, name)] = counts.GetValueOrDefault((thread, name)) + 1;
                begun[thread] = calls.Count;
                calls.Add(new TracedCall(name, counts[(thread, name)], call.Groups["text"].Value));
            }
            else if (Rest().Match(line) is { Success: true } rest && begun.TryGetValue(rest.Groups["thread"].Value, out var index))
            {
                calls[index] = calls[index] with { Text = calls[index].Text + rest.Groups["text"].Value };
            }
        }

        return calls;
    }

    public void Dispose()
    {
        // Not by INT: strace 6.1 waits forever when it is to let go of a program whose threads are just dying. The kernel does not.
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    [GeneratedRegex(@"^(?<thread>\d+) +(?<text>(?<name>[a-z0-9_]+)\(.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Call();

    // A call that another thread's came between is on two lines, of which this is the second.
    [GeneratedRegex(@"^(?<thread>\d+) +<\.\.\. [a-z0-9_]+ resumed>(?<text>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Rest();

    private void Interrupt()
    {
        using (var kill = Process.Start(new ProcessStartInfo("kill", ["-INT", $"{process.Id}"]) { UseShellExecute = false })!)
            kill.WaitForExit();
        process.WaitForExit();
    }
}
