using System.Globalization;
using System.Text;
using Cairn.Cli.Processes;

namespace Cairn.Cli.Wrapper;

/// <summary>Says in the job's folder which wrapper decides over this attempt: two side by side would destroy each other's notes and requeue each other's program.</summary>
internal static class OnlyWrapper
{
    private const string Prefix = "running-";

    private static readonly TimeSpan HalfWritten = TimeSpan.FromSeconds(1);

    /// <summary>Takes the place.</summary>
    /// <returns>The file to be deleted at the end; null where another machine's is there, of which nothing can be known.</returns>
    /// <exception cref="UsageException">Another wrapper of this machine has it.</exception>
    public static string? Take(string folder, int attempt)
    {
        var own = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{attempt}");
        foreach (var old in Directory.GetFiles(folder, Prefix + "*"))
        {
            if (Path.GetFileName(old) != own)
                File.Delete(old); // of an attempt that was killed
        }

        var path = Path.Combine(folder, own);
        var began = TimeProvider.System.GetTimestamp();
        while (!TryWrite(path))
        {
            switch (Read(path))
            {
                case [] when TimeProvider.System.GetElapsedTime(began) < HalfWritten:
                    Thread.Sleep(10);
                    break;
                case [var host, ..] when host != Environment.MachineName:
                    Words.Say($"warning: {path} says that a wrapper on {host} decides over this job; if it still runs, the two are in each other's way: put one around both programs");
                    return null;
                case [_, var pid, var ticks] when IsAlive(pid, ticks):
                    throw new UsageException($"Another cairn run (pid {pid}) already decides over this job, and only one can: put one around both programs (cairn run -- sh -c 'A & B & wait'), or run them one after the other.");
                default:
                    File.Delete(path); // it was killed
                    break;
            }
        }

        return path;
    }

    private static bool TryWrite(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }

        using (file)
        {
            try
            {
                var id = ProcessTable.Find(Environment.ProcessId)!.Value.Id;
                file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName} {id.Pid} {id.StartTicks}\n")));
                return true;
            }
            catch (IOException)
            {
                File.Delete(path); // a full disk: nobody may take it for a wrapper that is about to write
                throw;
            }
        }
    }

    // Empty where it is being written, or just gone.
    private static string[] Read(string path)
    {
        try
        {
            return File.ReadAllText(path) is var text && text.EndsWith('\n') ? text.Trim().Split(' ') : [];
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }

    private static bool IsAlive(string pid, string ticks) =>
        int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && ProcessTable.Find(id) is { IsZombie: false } found && found.Id.StartTicks.ToString(CultureInfo.InvariantCulture) == ticks;
}
