using Cairn;
using Saves.Competitors;

namespace Saves.Processes;

/// <summary>One of several processes that save at the same time.</summary>
internal sealed class Writer(long bytes, string folder) : IDisposable
{
    public const string Command = "writer";
    private readonly Child child = new(Command, $"{bytes}", folder);

    /// <summary>Trains a step.</summary>
    public void Prepare()
    {
        child.Tell("train");
        child.Answer();
    }

    public void Begin() => child.Tell("save");

    /// <summary>Waits until the save is durable. Returns how long the loop waited for it.</summary>
    public double End() => double.Parse(child.Answer());

    public void Dispose() => child.Dispose();

    /// <summary>The other side.</summary>
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
}
