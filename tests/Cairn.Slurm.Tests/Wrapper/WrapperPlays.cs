using CliWrap;

[assembly: AssemblyFixture(typeof(Cairn.Slurm.Tests.Wrapper.WrapperPlays))]

namespace Cairn.Slurm.Tests.Wrapper;

/// <summary>What the tests of <c>cairn run</c> share: the programs where jobs may read them.</summary>
public sealed class WrapperPlays : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private string? programs;

    /// <summary>A batch script.</summary>
    public async Task<string> ScriptAsync(Cluster cluster, string lines)
    {
        await gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            programs ??= await CopyAsync(cluster);
        }
        finally
        {
            gate.Release();
        }

        return "#!/bin/bash\n" + lines
            .Replace("CAIRN", Path.Combine(programs, "cli", Path.GetFileName(Clusters.CommandLine)), StringComparison.Ordinal)
            .Replace("TRAIN", "/usr/bin/python3 " + Path.Combine(programs, "train.py"), StringComparison.Ordinal)
            .Replace("HELPER", "/usr/bin/python3 " + Path.Combine(programs, "with_helper.py"), StringComparison.Ordinal)
            .Replace("TELLER", "/usr/bin/python3 " + Path.Combine(programs, "tells_deadline.py"), StringComparison.Ordinal)
            .Replace("TORCHRUN", Torchrun(await Clusters.ReleaseAsync()), StringComparison.Ordinal)
            .Replace("LAUNCHER", "/usr/bin/python3 " + Path.Combine(programs, "launcher.py"), StringComparison.Ordinal)
            .Replace("RANKED", Path.Combine(programs, "ranked.py"), StringComparison.Ordinal) + "\n";
    }

    public void Dispose() => gate.Dispose();

    // Debian 12's (1.13) starts nothing under Python 3.11 unless output is redirected.
    private string Torchrun(string release) =>
        (release == "22" ? "" : $"env PYTHONPATH={Path.Combine(programs!, "without_libuv")}:$PYTHONPATH ") + "/usr/bin/python3 -m torch.distributed.run -r 1 -t 1";

    private static async Task<string> CopyAsync(Cluster cluster)
    {
        var folder = await cluster.MakeFolderAsync("run-programs");
        await Cli.Wrap("cp").WithArguments(["-r", Path.GetDirectoryName(Clusters.CommandLine)!, Path.Combine(folder, "cli")]).ExecuteAsync();
        foreach (var file in (string[])["tests/Programs/WrappedPython/train.py", "tests/Programs/WrappedPython/with_helper.py", "tests/Programs/WrappedPython/ranked.py", "tests/Programs/WrappedPython/launcher.py", "tests/Programs/WrappedPython/tells_deadline.py"])
            File.Copy(Path.Combine(Clusters.Repository, file), Path.Combine(folder, Path.GetFileName(file)));
        File.Copy(Path.Combine(Clusters.Repository, "python/cairn/_job.py"), Path.Combine(folder, "cairn.py"));
        Directory.CreateDirectory(Path.Combine(folder, "without_libuv"));
        File.Copy(Path.Combine(Clusters.Repository, "tests/Programs/WrappedPython/without_libuv/sitecustomize.py"), Path.Combine(folder, "without_libuv", "sitecustomize.py"));
        await Cli.Wrap("chmod").WithArguments(["-R", "a+rX", folder]).ExecuteAsync();
        return folder;
    }
}
