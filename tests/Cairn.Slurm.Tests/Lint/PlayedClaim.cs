using System.Text.Json;
using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Slurm.Tests.Lint;

/// <summary>A play on the real Slurm.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="play">The play.</param>
/// <param name="folder">Where the script lies and its job runs.</param>
/// <param name="bin">The folder with the programs <c>cairn</c> and <c>python</c>.</param>
internal sealed partial class PlayedClaim(Cluster cluster, ClaimPlay play, string folder, string bin)
{
    private string Script => Path.Combine(folder, "job.sh");

    // Of all elements, one after another; and what a pipe wrote.
    private string Log => string.Concat(Directory.GetFiles(folder, "*.out", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllText));

    private string Told => File.Exists(Path.Combine(folder, "told")) ? File.ReadAllText(Path.Combine(folder, "told")) : "";

    /// <summary>Plays it.</summary>
    /// <param name="before">The script of the play before.</param>
    /// <returns>The script.</returns>
    public async Task<string> PlayAsync(string? before)
    {
        await Machine.WaitForRoomAsync(Machine.MinutesOf(play.Script ?? before!));
        var script = await WriteAsync(before);
        var finds = await LintAsync();

        // Of the cluster it says nothing where Slurm does not answer in five seconds, which a busy machine can take.
        for (var tries = 1; tries < 10 && play.Finds.Any(rule => rule.StartsWith("CAIRN06", StringComparison.Ordinal)) && !finds.SequenceEqual(play.Finds); tries++)
            finds = await LintAsync();
        Assert.Equal(play.Finds, finds);
        string[] hold = play.Deed == Deed.Hold ? ["--hold"] : [];
        var answer = await cluster.AsUserAsync(folder, "env", ["PATH=" + bin + ":/usr/bin:/bin", "sbatch", "--parsable", .. hold, Script]);
        Assert.True((play.Deed == Deed.BeRefused) == (answer.ExitCode != 0), answer.StandardError + answer.StandardOutput);
        if (play.Deed == Deed.BeRefused)
        {
            Assert.Contains(play.Refusal, answer.StandardError, StringComparison.Ordinal);
            return script;
        }

        var id = answer.StandardOutput.Trim();
        Job[] jobs = play.Restarts.Count == 1
            ? [new(cluster, id, folder, $"slurm-{id}.out")]
            : [.. Enumerable.Range(1, play.Restarts.Count).Select(element => new Job(cluster, $"{id}_{element}", folder, $"slurm-{id}_{element}.out"))];
        if (play.Deed is Deed.Hold or Deed.Queue)
            await LookAtAsync(id, jobs[0]);
        else
            await RunAsync(jobs);
        return script;
    }

    private async Task<string> WriteAsync(string? before)
    {
        foreach (var program in Directory.GetFiles(Path.Combine(Clusters.Repository, "tests/Programs/LintClaims")))
            File.Copy(program, Path.Combine(folder, Path.GetFileName(program)));
        if (play.Folder is { } made)
            File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(folder, made)).FullName, (UnixFileMode)0b111_111_111);
        await File.WriteAllTextAsync(Script, play.Script ?? before, TestContext.Current.CancellationToken);
        if (play.Script is null)
            await CairnAsync("lint", "--fix", "job.sh");
        return await File.ReadAllTextAsync(Script, TestContext.Current.CancellationToken);
    }

    private async Task<string[]> LintAsync()
    {
        var answer = await CairnAsync("lint", "--format", "json", "job.sh");
        using var report = JsonDocument.Parse(answer.StandardOutput);
        var findings = report.RootElement.GetProperty("files")[0].GetProperty("findings").EnumerateArray();
        return [.. findings.Select(finding => finding.GetProperty("rule").GetString()!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    // On the cluster whose folder holds the test's.
    private async Task<BufferedCommandResult> CairnAsync(params string[] arguments) =>
        await CliWrap.Cli.Wrap(Path.Combine(bin, "cairn")).WithArguments(arguments).WithWorkingDirectory(folder)
            .WithEnvironmentVariables(variables => variables.Set("SLURM_CONF", Path.GetFullPath("../../slurm.conf", folder)))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    // Without JobList: of a heterogeneous job all components are asked for.
    private async Task LookAtAsync(string id, Job job)
    {
        if (play.Deed == Deed.Queue)
            await job.WaitAsync(status => status is { State: "PENDING" } && status.Reason == play.Waits, play.Waits);
        var shown = (await cluster.AsUserAsync(folder, "scontrol", "show", "job", id)).StandardOutput;
        await job.CommandAsync("scancel", id);
        Check(shown);
    }

    private async Task RunAsync(Job[] jobs)
    {
        var last = jobs[^1];
        if (play.Deed != Deed.Run)
        {
            await last.WaitAsync(() => Log.Split(play.When).Length > jobs.Length, $"'{play.When}' in the log of {jobs.Length}", Job.HasEnded);
            Assert.Equal(0, await last.CommandAsync([.. Command(), last.Id]));
        }

        // An answer of Slurm's takes longer than a signal.
        await last.ShowAsync();
        if (play.Makes is { } file)
            await MakeAsync(file);
        if (play.Restarts[^1] > 0)
            await last.WaitAsync(status => status.Restarts >= play.Restarts[^1] || Job.HasEnded(status), "the requeue");
        if (play.Ends)
            await MakeAsync("end");

        if (play.ComesBack)
            await last.CommandAsync("scancel", last.Id);

        var ends = await Task.WhenAll(jobs.Select(job => job.WaitForEndAsync()));
        var shown = await last.ShowAsync();
        Assert.All(ends, end => Assert.True(play.State is null || end.State == play.State, $"{end.State}, not {play.State}: {shown}\n{Log}"));
        var restarts = ends.Select(end => end.Restarts);
        Assert.True(play.ComesBack ? ends[0].Restarts >= play.Restarts[0] : restarts.SequenceEqual(play.Restarts), $"{string.Join(' ', restarts)} restarts: {Log}");
        Check(shown);
    }

    private Task MakeAsync(string file) => File.WriteAllTextAsync(Path.Combine(folder, file), "", TestContext.Current.CancellationToken);

    // As Slurm sends it before the limit: to the tasks of srun, or with B: to the batch shell alone.
    private string[] Command()
    {
        if (play.Deed != Deed.Warn)
            return play.Deed == Deed.Cancel ? ["scancel"] : ["scontrol", "requeue"];
        var warning = Warning().Match(File.ReadAllText(Script));
        Assert.True(warning.Success, "the script asks for no warning");
        string[] to = warning.Groups["batch"].Success ? ["--batch"] : [];
        return ["scancel", .. to, "--signal=" + warning.Groups["signal"].Value];
    }

    private void Check(string shown)
    {
        var log = Log;
        Assert.All(play.Shows, text => Assert.Contains(text, shown, StringComparison.Ordinal));
        Assert.All(play.Hides, text => Assert.DoesNotContain(text, shown, StringComparison.Ordinal));
        Assert.All(play.Keeps, text => Assert.DoesNotContain(text, log + Told, StringComparison.Ordinal));
        Follow(play.Says, log);
        Follow(play.Tells, Told);
        if (play.Counts is (var counted, var times))
            Assert.True(log.Split(counted).Length - 1 == times, $"not {times} times '{counted}': {log}");
    }

    private static void Follow(IReadOnlyList<string> texts, string log)
    {
        var from = 0;
        foreach (var text in texts)
        {
            var at = log.IndexOf(text, from, StringComparison.Ordinal);
            Assert.True(at >= 0, $"no '{text}' where it should be among '{string.Join("', '", texts)}': {log}");
            from = at + text.Length;
        }
    }

    [GeneratedRegex("--signal=(?<batch>B:)?(?<signal>[A-Z0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Warning();
}
