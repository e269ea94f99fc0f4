using System.Diagnostics;

namespace Saves.Processes;

/// <summary>This program once more, in a process of its own, that does what the lines on its input say and answers each with one.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process process;

    /// <summary>Returns when it is ready.</summary>
    public Child(params IEnumerable<string> arguments)
    {
        process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        Answer();
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
