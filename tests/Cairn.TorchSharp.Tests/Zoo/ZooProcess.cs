using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Cairn.TorchSharp.Tests.Zoo;

/// <summary>One of the zoo's trainings as a child, which says in which step it is, and which real signals reach.</summary>
internal sealed partial class ZooProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(9);

    // signal(7), as x86 and Arm number them.
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal) { ["INT"] = 2, ["KILL"] = 9, ["USR2"] = 12, ["TERM"] = 15, ["STOP"] = 19 };

    private readonly Process process;
    private readonly BlockingCollection<string> lines = [];
    private readonly ConcurrentQueue<string> messages = [];

    private ZooProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start };
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

    /// <summary>What it said besides.</summary>
    public string Messages => string.Join('\n', messages);

    /// <summary>Starts a training.</summary>
    /// <param name="training">Its name.</param>
    /// <param name="checkpoints">The checkpoint folder.</param>
    /// <param name="output">Where its results go.</param>
    /// <param name="environment">What srun would tell it; nothing by itself.</param>
    public static ZooProcess Start(string training, string checkpoints, string output, params (string Name, string Value)[] environment) =>
        StartProgram("TrainingZoo", [training, checkpoints, output], environment);

    /// <summary>Starts another program that was built with the tests.</summary>
    public static ZooProcess StartProgram(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, program), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        // The tests themselves may be a job of a cluster's; the trainings are not. And who is killed leaves no pipe of the runtime's.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SLURM_", StringComparison.Ordinal) || name.StartsWith("CAIRN_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new ZooProcess(start);
    }

    /// <summary>Waits until it has done a step.</summary>
    /// <returns>False when it has ended before.</returns>
    public bool WaitForStep(long step) =>
        WaitForLine(line => line.StartsWith("step ", StringComparison.Ordinal) && long.Parse(line.AsSpan(5), CultureInfo.InvariantCulture) >= step);

    /// <summary>Waits until it prints a line.</summary>
    /// <returns>False when it has ended before.</returns>
    public bool WaitForLine(Func<string, bool> isIt)
    {
        while (lines.TryTake(out var line, Patience))
        {
            if (isIt(line))
                return true;
        }

        return false;
    }

    /// <summary>Sends a signal; it may have ended by itself.</summary>
    public void Signal(string name) => _ = Send(process.Id, Numbers[name]);

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code; as a shell says it, when a signal ended it.</returns>
    public int WaitForEnd()
    {
        Assert.True(process.WaitForExit(Patience), $"still running after {Patience}: {Messages}");
        process.WaitForExit(); // until the streams are read to their end
        return process.ExitCode;
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
