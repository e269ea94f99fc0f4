using System.Diagnostics;

namespace Saves.Competitors;

/// <summary>TorchSharp's own <c>module.save</c>, with or without an fsync behind it.</summary>
internal sealed class TorchSharpSave(State state, string folder, bool sync) : ICompetitor
{
    public string Name => sync ? "TorchSharp save + fsync" : "TorchSharp save (not durable)";

    public (double Stall, double Durable) Save()
    {
        var path = Path.Combine(folder, "torchsharp.dat");
        var began = Stopwatch.GetTimestamp();
        state.save(path);
        if (sync)
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(file);
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        File.Delete(path);
        return (seconds, seconds);
    }

    public void Dispose()
    {
    }
}
