using System.Diagnostics;

namespace Saves.Competitors;

/// <summary>Python's <c>torch.save</c>, in a process of its own that holds a state of the same size.</summary>
internal sealed class PythonSave : ICompetitor
{
    private const string Python = "/usr/bin/python3";
    private readonly Process process;
    private readonly string folder;
    private readonly bool sync;
    private readonly string version;

    private PythonSave(Process process, string folder, bool sync, string version) =>
        (this.process, this.folder, this.sync, this.version) = (process, folder, sync, version);

    public string Name => sync ? $"torch.save {version} + fsync" : $"torch.save {version} (not durable)";

    /// <summary>Starts Python with torch; null where there is none.</summary>
    public static PythonSave? Start(State state, string folder, bool sync)
    {
        if (!File.Exists(Python))
            return null;
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "torch_save.py"), $"{state.Bytes / sizeof(float)}", $"{Environment.ProcessorCount}"];
        var python = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        python.ErrorDataReceived += (_, _) => { }; // "there is no torch" is no answer on the output, too
        python.BeginErrorReadLine();
        if (python.StandardOutput.ReadLine() is { } version)
            return new PythonSave(python, folder, sync, version);
        python.WaitForExit();
        python.Dispose();
        return null;
    }

    public (double Stall, double Durable) Save()
    {
        var path = Path.Combine(folder, "python.pt");
        process.StandardInput.WriteLine($"{path} {(sync ? 1 : 0)}");
        process.StandardInput.Flush();
        var seconds = double.Parse(process.StandardOutput.ReadLine() ?? throw new IOException($"{Python} ended while it saved {path}"));
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
