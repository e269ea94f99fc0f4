using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cairn.Cli.LocalScheduler.Reports;
using Cairn.Cli.Processes;
using Cairn.Posix;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Running;

/// <summary>A folder with programs in it, and the real <c>cairn local</c> to run them.</summary>
internal sealed class Sandbox : IDisposable
{
    /// <summary>Far more than any of these takes, on a machine that is busy with something else.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly StringBuilder _said = new();
    private CommandTask<BufferedCommandResult>? _background;

    public Sandbox() => Folder = Directory.CreateTempSubdirectory("cairn-test-").FullName;

    /// <summary>What is run as <c>cairn</c>: the published binary where eng/test.sh names it, else the build that these tests came with.</summary>
    public static string Program { get; } = Packed.Binary ?? Path.Combine(AppContext.BaseDirectory, "Cairn.Cli");

    public string Folder { get; }

    /// <summary>Options of env(1), under which <c>cairn local</c> is started and which becomes it.</summary>
    public string[] Environment { get; set; } = [];

    /// <summary>What <c>cairn local</c> has said on standard error so far.</summary>
    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>Where the job's own commands are, and its id: what <c>cairn local</c> says first, and what may arrive here later than the program makes its files.</summary>
    public async Task<(string Commands, string JobId)> SaidOfJob()
    {
        const string Before = "are in ";
        await Until(() => Said.Split(Before) is [_, var behind, ..] && behind.Contains('\n', StringComparison.Ordinal), "the job's commands");
        return (Said.Split(Before)[1].Split('\n')[0], Said.Split("job ")[1].Split(':')[0]);
    }

    private string ReportPath => At("report.json");

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>An executable script of bash.</summary>
    public string Script(string name, string text) => Executable(name, "#!/bin/bash\n" + text);

    public string Executable(string name, string text)
    {
        ExecutableFile.Write(At(name), text);
        return At(name);
    }

    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    public string[] Lines(string name) => File.Exists(At(name)) ? File.ReadAllLines(At(name)) : [];

    public Task<LocalRun> Local(params string[] arguments) => Local(Patience, arguments);

    public async Task<LocalRun> Local(TimeSpan limit, params string[] arguments)
    {
        using var patience = new CancellationTokenSource(limit);
        var result = await Start(arguments).ExecuteBufferedAsync(patience.Token);
        return new(result.ExitCode, result.StandardOutput, result.StandardError, Report());
    }

    /// <summary>The same with the process id, for those who send signals to it.</summary>
    public (int ProcessId, Task<LocalRun> Run) LocalInBackground(params string[] arguments)
    {
        var running = Start(arguments).ExecuteBufferedAsync();
        _background = running;
        return (running.ProcessId, Finish());

        async Task<LocalRun> Finish()
        {
            var result = await running.Task.WaitAsync(Patience);
            return new(result.ExitCode, result.StandardOutput, result.StandardError, Report());
        }
    }

    /// <summary>Waits for something that another process does.</summary>
    public static async Task Until(Func<bool> condition, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < Patience, $"waited in vain: {what}");
            await Task.Delay(20);
        }
    }

    public static bool IsAlive(int pid) => ProcessTable.Find(pid) is { IsZombie: false };

    public static void Kill(int pid, int signal) => Assert.Equal(0, Libc.Kill(pid, signal));

    /// <summary>Ends what a failed test would leave behind: only processes of this folder's own list.</summary>
    public void Dispose()
    {
        // Its guard ends the rest.
        if (_background is { Task.IsCompleted: false })
            _ = Libc.Kill(_background.ProcessId, SignalName.Kill);
        foreach (var line in Lines("pids"))
        {
            if (int.TryParse(line, out var pid) && IsAlive(pid) && Directory.ResolveLinkTarget($"/proc/{pid}/cwd", false)?.FullName == Folder)
                _ = Libc.Kill(pid, SignalName.Kill);
        }

        Directory.Delete(Folder, recursive: true);
    }

    private Command Start(string[] arguments) =>
        CliWrap.Cli.Wrap("env")
            .WithArguments([.. Environment, Program, "local", "--report", ReportPath, .. arguments])
            .WithWorkingDirectory(Folder)
            .WithEnvironmentVariables(variables => variables.Set("SLURM_JOB_ID", "999999").Set("SLURM_ARRAY_JOB_ID", "999998").Set("CAIRN_ATTEMPT", "7"))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(Hear))
            .WithValidation(CommandResultValidation.None);

    private void Hear(string line)
    {
        lock (_said)
            _said.Append(line).Append('\n');
    }

    private JobReport? Report() =>
        File.Exists(ReportPath) ? JsonSerializer.Deserialize(File.ReadAllBytes(ReportPath), ReportJson.Default.JobReport) : null;
}

/// <summary>Reads what <c>--report</c> and <c>--format json</c> write.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobReport))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>What came of it; the report is null where nothing was run.</summary>
internal sealed record LocalRun(int ExitCode, string Output, string Error, JobReport? Report)
{
    public IEnumerable<string> Endings => Report!.Attempts.Select(attempt => attempt.Ending.ToString());
}
