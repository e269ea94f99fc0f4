using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Cairn.Tests.Runs;

/// <summary>The ranks of one job step, each a RankTrainer of its own, with the variables that srun sets; there is no scontrol here.</summary>
internal sealed class RankProcesses : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);
    private readonly List<Process> processes = [];
    private readonly StringBuilder said = new();

    /// <summary>Starts them.</summary>
    /// <param name="folder">Where they work; the checkpoints come into it.</param>
    /// <param name="ranks">How many are started; with one there is no job at all, but for <paramref name="ofSize"/>.</param>
    /// <param name="arguments">The trainer's options.</param>
    /// <param name="restarts">How often the job was requeued before.</param>
    /// <param name="ofSize">How many ranks the step has. Default: as many as are started.</param>
    /// <param name="more">Variables besides.</param>
    public RankProcesses(string folder, int ranks, string[] arguments, int restarts = 0, int? ofSize = null, params (string, string)[] more)
        : this(folder, ranks, _ => arguments, restarts, ofSize, more)
    {
    }

    /// <summary>Starts them, each with options of its own.</summary>
    public RankProcesses(string folder, int ranks, Func<int, string[]> arguments, int restarts = 0, int? ofSize = null, params (string, string)[] more)
    {
        Directory.CreateDirectory(folder);
        for (var rank = 0; rank < ranks; rank++)
            processes.Add(Start(folder, rank, ofSize ?? ranks, arguments(rank), restarts, more));
        foreach (var process in processes)
        {
            process.OutputDataReceived += (_, line) => Keep(line.Data);
            process.ErrorDataReceived += (_, line) => Keep(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }
    }

    /// <summary>What all of them have said.</summary>
    public string Messages
    {
        get
        {
            lock (said)
                return said.ToString();
        }
    }

    /// <summary>What each says at its end of what it alone has: the steps that it has done, and what it has drawn.</summary>
    public IReadOnlyList<string> Own => [.. Messages.Split('\n').Where(line => line.Contains(" has done ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Waits until one of them has said something so many times.</summary>
    public void Await(string text, int times = 1)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (Messages.Split(text).Length <= times)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"nobody says '{text}' {times} times:\n{Messages}");
            Thread.Sleep(5);
        }
    }

    /// <summary>One of them.</summary>
    public int Pid(int rank) => processes[rank].Id;

    /// <summary>Sends a signal to one.</summary>
    public void Signal(int rank, int signal) => Assert.Equal(0, Posix.Libc.Kill(processes[rank].Id, signal));

    /// <summary>Waits for the end of all.</summary>
    /// <returns>Their exit codes.</returns>
    public List<int> WaitForEnd()
    {
        foreach (var process in processes)
        {
            Assert.True(process.WaitForExit(Patience), $"a rank does not end:\n{Messages}");
            process.WaitForExit(); // for the rest of its lines
        }

        List<int> codes = [.. processes.Select(process => process.ExitCode)];
        Keep($"ended with {string.Join(' ', codes)}");
        return codes;
    }

    /// <summary>The payload files of the newest checkpoint and the last work's, by their names, as hashes.</summary>
    public static SortedDictionary<string, string> Hashes(string folder)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var newest = Directory.GetDirectories(Path.Combine(folder, "checkpoints"), "step-*").Order(StringComparer.Ordinal).Last();
        foreach (var file in Directory.GetFiles(newest, "*.safetensors").Append(Path.Combine(folder, "final.bin")))
        {
            using var stream = File.OpenRead(file);
            hashes[Path.GetRelativePath(file.EndsWith("final.bin", StringComparison.Ordinal) ? folder : Path.Combine(folder, "checkpoints"), file)] = Convert.ToHexString(SHA256.HashData(stream));
        }

        return hashes;
    }

    public void Dispose()
    {
        foreach (var process in processes)
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }
    }

    private static Process Start(string folder, int rank, int ranks, string[] arguments, int restarts, (string, string)[] more)
    {
        var start = new ProcessStartInfo(TestProgram.At("RankTrainer")) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = folder };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SLURM_", StringComparison.Ordinal) || name.StartsWith("CAIRN_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        if (ranks > 1)
        {
            foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[
                ("SLURM_JOB_ID", "17"),
                ("SLURM_STEP_ID", $"{ranks}"),
                ("SLURM_PROCID", $"{rank}"),
                ("SLURM_STEP_NUM_TASKS", $"{ranks}"),
                ("SLURM_STEP_NUM_NODES", "1"),
                ("SLURM_RESTART_COUNT", $"{restarts}")])
            {
                start.Environment[name] = value;
            }
        }

        foreach (var (name, value) in more)
            start.Environment[name] = value;
        start.Environment["PATH"] = "/nonexistent"; // there is no scontrol here
        start.Environment["RANK_TRAINER_SHARED"] = Path.Combine(folder, $"shared-{ranks}");
        return Process.Start(start)!;
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (said)
            said.Append(line).Append('\n');
    }
}
