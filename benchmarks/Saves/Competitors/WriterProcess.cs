using System.Diagnostics;
using Cairn;

namespace Saves.Competitors;

/// <summary>This program once more, as one of several that save at the same time: it does what the lines on its input say, and answers each with one.</summary>
internal sealed class WriterProcess : IDisposable
{
    /// <summary>The command that starts one.</summary>
    public const string Command = "writer";

    private readonly Process process;

    public WriterProcess(long bytes, string folder)
    {
        process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Command, $"{bytes}", folder]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        Answer();
    }

    /// <summary>Trains a step.</summary>
    public void Prepare()
    {
        process.StandardInput.WriteLine("train");
        Answer();
    }

    public void Begin() => process.StandardInput.WriteLine("save");

    /// <summary>Waits until the save is durable. Returns how long the loop waited for it.</summary>
    public double End() => double.Parse(Answer());

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>The other side, in the process itself.</summary>
    public static void Serve(long bytes, string folder)
    {
        using var state = new State(bytes);
        using var cairn = new CairnSave(state, folder, SaveMode.Asynchronous);
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            if (line == "save")
            {
                Console.WriteLine(cairn.SaveNow().Stall);
            }
            else
            {
                state.Change();
                cairn.AwaitPruning();
                Console.WriteLine("ready");
            }
        }
    }

    private string Answer() => process.StandardOutput.ReadLine() ?? throw new IOException($"writing process {process.Id} ended; what it said is above");
}
