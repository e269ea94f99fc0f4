using System.Diagnostics;
using Cairn.Attempts;

namespace Cairn.Tests.Runs;

/// <summary>Several ranks save one checkpoint: real processes, each of which writes its share.</summary>
public class SharedSavesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private string messages = string.Empty;

    // Of 200 MiB each of three ranks has a share.
    [Theory]
    [InlineData("asynchronous")]
    [InlineData("synchronous")]
    public void The_bytes_are_the_same_whatever_the_number_of_ranks(string mode)
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["--steps", "30", "--save-every", "10", "--step-ms", "0", "--pad-mib", "200", .. mode == "synchronous" ? (string[])["--synchronous"] : []];
        var one = Train(folder["one"], 1, arguments);
        Assert.Equal(one, Train(folder["three"], 3, arguments));
        Assert.Contains("step-0000000030/pad.safetensors", one.Keys);
        using var record = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder["three"], "checkpoints/step-0000000030/checkpoint.json")));
        Assert.Equal(3, record.RootElement.GetProperty("worldSize").GetInt32());
    }

    [Fact]
    public void A_save_at_every_step_is_at_every_step_and_a_restart_goes_on_with_another_number_of_ranks()
    {
        using var folder = new TemporaryFolder();
        Train(folder["run"], 4, "--steps", "12", "--save-every", "1", "--step-ms", "0", "--wait-for-saves");
        Assert.Equal(Enumerable.Range(1, 12).Select(step => (long)step), Saves(folder["run"], 1));
        var alone = Train(folder["alone"], 1, "--steps", "20", "--save-every", "1", "--wait-for-saves");
        Assert.Equal(alone, Train(folder["run"], 2, "--steps", "20", "--save-every", "1", "--step-ms", "0", "--wait-for-saves"));
        Assert.Contains("ranks: 4 wrote the checkpoint, 2 go on with it", messages, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(13, 8).Select(step => (long)step), Saves(folder["run"], 2));
    }

    [Fact]
    public void Ranks_that_have_drifted_apart_are_named_where_that_is_looked_for()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["--steps", "10", "--save-every", "5", "--check-replicas"];
        Train(folder["same"], 2, arguments);
        Assert.DoesNotContain("same on all ranks", messages, StringComparison.Ordinal);
        Train(folder["other"], 2, [.. arguments, "--drift-at", "7", "--rank", "1"]);
        Assert.Contains("in step 10 rank 1 has other bytes than the rank that wrote", messages, StringComparison.Ordinal);
        Assert.DoesNotContain("in step 5 rank", messages, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_is_none_is_named_and_nothing_begins()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["run"]);
        using var process = Start(folder["run"], 0, 2, ["--steps", "10"], ("CAIRN_CONTROL", "nonsense"));
        var error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(ExitCodes.RequeueFailed, process.ExitCode);
        Assert.Contains("cairn: error: CAIRN_CONTROL is 'nonsense', and should be HOST[,HOST...]:PORT:TOKEN: mend or unset it", error, StringComparison.Ordinal);
    }

    private static IEnumerable<long> Saves(string folder, int attempt) =>
        AttemptStory.ReadAll(Path.Combine(folder, "checkpoints")).Single(one => one.Number == attempt).Events.OfType<Saved>().Select(saved => saved.Step);

    /// <summary>Trains to the end. Returns the payload files of the newest checkpoint and the last work's, by their names, as hashes.</summary>
    private SortedDictionary<string, string> Train(string folder, int ranks, params string[] arguments)
    {
        Directory.CreateDirectory(folder);
        var processes = Enumerable.Range(0, ranks).Select(rank => Start(folder, rank, ranks, arguments)).ToList();
        try
        {
            var outputs = processes.Select(process => process.StandardError.ReadToEndAsync()).ToList();
            foreach (var process in processes)
                Assert.True(process.WaitForExit(Patience), "a rank does not end");
            messages = string.Join('\n', outputs.Select(output => output.Result));
            for (var i = 0; i < ranks; i++)
                Assert.True(processes[i].ExitCode == 0, $"rank {i} ended with {processes[i].ExitCode}: {outputs[i].Result} {processes[i].StandardOutput.ReadToEnd()}");
        }
        finally
        {
            foreach (var process in processes)
            {
                if (!process.HasExited)
                    process.Kill();
                process.Dispose();
            }
        }

        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var newest = Directory.GetDirectories(Path.Combine(folder, "checkpoints"), "step-*").Order(StringComparer.Ordinal).Last();
        foreach (var file in Directory.GetFiles(newest, "*.safetensors").Append(Path.Combine(folder, "final.bin")))
        {
            using var stream = File.OpenRead(file);
            hashes[Path.GetRelativePath(file.EndsWith("final.bin", StringComparison.Ordinal) ? folder : Path.Combine(folder, "checkpoints"), file)] =
                Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stream));
        }

        return hashes;
    }

    private static Process Start(string folder, int rank, int ranks, string[] arguments, params (string, string)[] more)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "RankTrainer")) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = folder };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SLURM_", StringComparison.Ordinal) || name.StartsWith("CAIRN_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        if (ranks > 1)
        {
            foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("SLURM_JOB_ID", "17"), ("SLURM_STEP_ID", $"{ranks}"), ("SLURM_PROCID", $"{rank}"), ("SLURM_STEP_NUM_TASKS", $"{ranks}"), ("SLURM_STEP_NUM_NODES", "1")])
                start.Environment[name] = value;
        }

        foreach (var (name, value) in more)
            start.Environment[name] = value;
        start.Environment["PATH"] = "/nonexistent"; // there is no scontrol here
        start.Environment["RANK_TRAINER_SHARED"] = Path.Combine(folder, $"shared-{ranks}");
        return Process.Start(start)!;
    }
}
