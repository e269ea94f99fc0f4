using System.Diagnostics;

namespace Saves.Processes;

/// <summary>This program once more, in a process of its own, that does what the lines on its input say and answers each with one.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process process;

    /// <summary>Returns when it is ready.</summary>
    public Child(params IEnumerable<string> arguments)
        : this([], arguments) => Answer();

    /// <summary>Returns at once: <see cref="Answer"/> tells when it is ready.</summary>
    public Child(IEnumerable<(string Name, string Value)> environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        process = Process.Start(start)!;
    }

    public void Tell(string line) => process.StandardInput.WriteLine(line);

    public string Answer() => process.StandardOutput.ReadLine() ?? throw new IOException($"process {process.Id} of this benchmark ended; what it said is above");

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
