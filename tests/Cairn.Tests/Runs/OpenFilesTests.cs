using System.Diagnostics;

namespace Cairn.Tests.Runs;

/// <summary>Rank 0 of 60 in a shell whose limit of open files is too low for so many: it says so, and does not wait for ranks that could not come in.</summary>
public sealed class OpenFilesTests
{
    private const string Told = "there are 60 ranks, and this process may have no more than 150 files and sockets open, 100 of them for all else: raise the limit before they are started, with ulimit -n 160 in the batch script";

    [Fact]
    public async Task Ranks_that_must_act_together_do_not_begin()
    {
        var (code, said) = await Run("--required");
        Assert.Contains(Told, said, StringComparison.Ordinal);
        Assert.Equal(69, code);
    }

    [Fact]
    public async Task Others_go_by_the_journal()
    {
        var (_, said) = await Run("--throw-at", "0");
        Assert.Contains(Told, said, StringComparison.Ordinal);
        Assert.Contains("they go by this one's journal", said, StringComparison.Ordinal);
        Assert.Contains("thrown on purpose", said, StringComparison.Ordinal); // it came to its first step
    }

    private static async Task<(int Code, string Said)> Run(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = folder.Path };
        foreach (var argument in (string[])["-c", "ulimit -n 150; exec \"$0\" --folder checkpoints \"$@\"", TestProgram.At("RankTrainer"), .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SLURM_", StringComparison.Ordinal) || name.StartsWith("CAIRN_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("SLURM_JOB_ID", "17"), ("SLURM_STEP_ID", "0"), ("SLURM_PROCID", "0"), ("SLURM_STEP_NUM_TASKS", "60"), ("PATH", "/nonexistent")])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
