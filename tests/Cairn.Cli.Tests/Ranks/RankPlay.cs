using System.Globalization;
using System.Text.RegularExpressions;
using Cairn.Attempts;
using Cairn.Cli.Tests.Running;
using CliWrap;

namespace Cairn.Cli.Tests.Ranks;

/// <summary>Ranks that wait for each other in every step (RankTrainer), under the real <c>cairn local</c>: which process each is, what they say, and what came of it.</summary>
internal sealed partial class RankPlay : IDisposable
{
    private const int Steps = 250;
    private static readonly Lazy<Task<byte[]>> Straight = new(TrainStraight);
    private static readonly string Trainer = TestProgram.At("RankTrainer");
    private readonly Sandbox sandbox = new();
    private readonly string[] arguments;
    private readonly int ranks;
    private Task<LocalRun> run;

    /// <summary>Starts a job of so many ranks.</summary>
    /// <param name="ranks">How many.</param>
    /// <param name="local">Options of <c>cairn local</c>.</param>
    /// <param name="arguments">Options of the trainer.</param>
    /// <param name="scontrol">What bash does before it calls scontrol for a rank; null where nothing.</param>
    public RankPlay(int ranks, string[] local, string[] arguments, string? scontrol = null)
    {
        this.ranks = ranks;
        string[] all = ["--folder", "checkpoints", "--out", "final.bin", "--steps", $"{Steps}", .. arguments];
        string program = Trainer;
        if (scontrol is not null)
        {
            Directory.CreateDirectory(sandbox.At("bin"));
            sandbox.Script("bin/scontrol", scontrol + "\nPATH=${PATH#*:} exec scontrol \"$@\"\n");
            program = sandbox.Script("train", $"PATH={sandbox.At("bin")}:$PATH exec {Trainer} \"$@\"\n");
        }

        this.arguments = ["--ntasks", $"{ranks}", "--requeue-delay", "200ms", "--kill-wait", "10s", "--output", "job.log", .. local, "--", program, .. all];
        (JobId, run) = sandbox.LocalInBackground(this.arguments);
    }

    /// <summary>The job: <c>cairn local</c> itself.</summary>
    public int JobId { get; private set; }

    /// <summary>Whether rank 0 has claimed the folder.</summary>
    public bool HasClaimed => Directory.Exists(sandbox.At("checkpoints/attempts")) && Directory.EnumerateFiles(sandbox.At("checkpoints/attempts"), "*.jsonl").Any();

    /// <summary>What all ranks have said.</summary>
    public string Log => File.Exists(sandbox.At("job.log")) ? File.ReadAllText(sandbox.At("job.log")) : string.Empty;

    /// <summary>The journal of the first attempt.</summary>
    public IReadOnlyList<JournalEvent> Events => AttemptStory.ReadAll(sandbox.At("checkpoints")).MinBy(story => story.Number)!.Events;

    /// <summary>How ranks ended, as they say it: "Requeued at step 83".</summary>
    public IReadOnlyList<string> Ends => [.. End().Matches(Log).Select(end => end.Groups["how"].Value)];

    /// <summary>What was finished; null when nothing was.</summary>
    public byte[]? Final => File.Exists(sandbox.At("final.bin")) ? File.ReadAllBytes(sandbox.At("final.bin")) : null;

    /// <summary>The stop file.</summary>
    public string StopFile => sandbox.At("checkpoints/stop");

    /// <summary>Makes a file for the script that stands before scontrol.</summary>
    public Task MakeFile(string name) => File.WriteAllTextAsync(sandbox.At(name), string.Empty);

    /// <summary>Whether that script has made one.</summary>
    public bool HasFile(string name) => File.Exists(sandbox.At(name));

    /// <summary>Waits for what ranks say, or for the job's end.</summary>
    public Task Says(string text, int times = 1) => Sandbox.Until(() => run.IsCompleted || Log.Split(text).Length > times, $"'{text}' {times} times in:\n{Log}");

    /// <summary>The process of a rank in an attempt.</summary>
    public async Task<int> Process(int rank, int attempt = 1)
    {
        var words = $"rank {rank} is process ";
        await Says(words, attempt);
        var line = Log.Split(words)[attempt];
        return int.Parse(line[..line.IndexOf('\n', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
    }

    /// <summary>Sends a signal to a rank; nothing where it has ended.</summary>
    public async Task Signal(int rank, int signal, int attempt = 1) => _ = Posix.Libc.Kill(await Process(rank, attempt), signal);

    /// <summary>A command of Slurm's from outside.</summary>
    public async Task Command(params string[] command)
    {
        await Sandbox.Until(() => sandbox.Said.Contains(CommandsAreIn, StringComparison.Ordinal), CommandsAreIn);
        var said = sandbox.Said;
        var folder = said[(said.IndexOf(CommandsAreIn, StringComparison.Ordinal) + CommandsAreIn.Length)..];
        await CliWrap.Cli.Wrap(Path.Combine(folder[..folder.IndexOf('\n', StringComparison.Ordinal)], command[0])).WithArguments(command[1..]).WithValidation(CommandResultValidation.None).ExecuteAsync();
    }

    /// <summary>Waits for the job's end.</summary>
    public Task<LocalRun> WaitForEnd() => run;

    /// <summary>Submits the same once more.</summary>
    public Task<LocalRun> Again()
    {
        (JobId, run) = sandbox.LocalInBackground(arguments);
        return run;
    }

    /// <summary>What must be right after a job that came to its end: the weights of a run that nobody stopped, and all ranks together at every end.</summary>
    /// <param name="what">What was played, for a person.</param>
    /// <param name="lost">How many ranks were killed, and may be missing at an end.</param>
    public async Task HasFinishedAsIfNobodyHadStoppedIt(string what, int lost = 0)
    {
        var end = await run;
        Assert.True(end.Report?.State == "COMPLETED", $"{what}: {end.Report?.State}, exit code {end.ExitCode}\n{end.Error}\n{Log}");
        Assert.True((await Straight.Value).AsSpan().SequenceEqual(Final), $"{what}: other weights\n{Log}");
        AllEndedAtOneStep(what, lost);
    }

    /// <summary>In each attempt in which one said how it ended all did, at one step.</summary>
    public void AllEndedAtOneStep(string what, int lost = 0)
    {
        foreach (var end in Ends.GroupBy(end => end))
            Assert.True(end.Count() % ranks == 0 || end.Count() == ranks - lost, $"{what}: {end.Count()} times '{end.Key}' of {ranks} ranks\n{Log}");
        Assert.DoesNotContain("did not come to the end of step", Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", Log, StringComparison.Ordinal);
    }

    public void Dispose() => sandbox.Dispose();

    private const string CommandsAreIn = "for other terminals are in ";

    private static async Task<byte[]> TrainStraight()
    {
        using var alone = new Sandbox();
        await CliWrap.Cli.Wrap(Trainer).WithWorkingDirectory(alone.Folder).WithArguments(["--folder", "checkpoints", "--out", "final.bin", "--steps", $"{Steps}", "--step-ms", "0"]).ExecuteAsync();
        return await File.ReadAllBytesAsync(alone.At("final.bin"));
    }

    [GeneratedRegex(@"^rank [0-9]+ of [0-9]+: (?<how>\w+ at step [0-9]+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex End();
}
