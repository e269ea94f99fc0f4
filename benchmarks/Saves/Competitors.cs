using System.Diagnostics;
using System.Globalization;
using Cairn;
using Cairn.Checkpoints.Posix;
using Cairn.TorchSharp;
using Microsoft.Extensions.Logging.Abstractions;

namespace Saves;

/// <summary>A way to save the state. Returns how long the training loop waits, and how long until the state is durable (or written, without a sync).</summary>
internal interface ICompetitor : IDisposable
{
    string Name { get; }

    (double Stall, double Durable) Save();
}

/// <summary>TorchSharp's own <c>module.save</c>, with or without an fsync behind it.</summary>
internal sealed class TorchSharpSave(State state, string folder, bool sync) : ICompetitor
{
    public string Name => sync ? "TorchSharp save + fsync" : "TorchSharp save (not durable)";

    public (double Stall, double Durable) Save()
    {
        var path = Path.Combine(folder, "torchsharp.dat");
        File.Delete(path);
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

/// <summary>Python's <c>torch.save</c>, in a process of its own that holds a state of the same size.</summary>
internal sealed class PythonSave : ICompetitor
{
    private readonly Process process;
    private readonly string folder;
    private readonly bool sync;
    private readonly string version;

    private PythonSave(Process process, string folder, bool sync, string version) =>
        (this.process, this.folder, this.sync, this.version) = (process, folder, sync, version);

    public string Name => sync ? $"torch.save {version} + fsync" : $"torch.save {version} (not durable)";

    /// <summary>Starts Python with torch; null where there is none.</summary>
    public static PythonSave? Start(long bytes, string folder, bool sync)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "torch_save.py");
        var start = new ProcessStartInfo("/usr/bin/python3", [script, (bytes / sizeof(float)).ToString(CultureInfo.InvariantCulture), "2"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (!File.Exists(start.FileName))
            return null;
        var python = Process.Start(start)!;
        python.ErrorDataReceived += (_, _) => { };
        python.BeginErrorReadLine();
        return python.StandardOutput.ReadLine() is { } version ? new PythonSave(python, folder, sync, version) : null;
    }

    public (double Stall, double Durable) Save()
    {
        var path = Path.Combine(folder, "python.pt");
        File.Delete(path);
        process.StandardInput.WriteLine($"{path} {(sync ? 1 : 0)}");
        process.StandardInput.Flush();
        var seconds = double.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        File.Delete(path);
        return (seconds, seconds);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}

/// <summary>Cairn, in one of its modes.</summary>
internal sealed class CairnSave : ICompetitor
{
    private readonly SaveMode mode;
    private readonly TrainingRun run;
    private readonly State state;
    private long step;

    public CairnSave(State state, string folder, SaveMode mode)
    {
        this.state = state;
        this.mode = mode;
        run = TrainingRun.Open(Path.Combine(folder, "cairn-" + mode), new() { SaveMode = mode, Save = SaveSchedule.Never, Keep = Retention.KeepLast(2), Logger = NullLogger.Instance });
        run.Track("model", state);
        run.Restore();
    }

    public string Name => mode == SaveMode.Asynchronous ? "Cairn asynchronous" : "Cairn synchronous";

    public (double Stall, double Durable) Save()
    {
        // Training changes every weight in every step; unchanged ones would not be written again.
        using (TorchSharp.torch.no_grad())
        {
            foreach (var weight in state.parameters())
                weight.add_(1e-3f);
        }

        var began = Stopwatch.GetTimestamp();
        var pending = run.Save(++step);
        var stall = Stopwatch.GetElapsedTime(began).TotalSeconds;
        pending.Wait();
        return (stall, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    public void Dispose() => run.Dispose();
}
