using System.Runtime.InteropServices;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>A scenario's job on the local scheduler.</summary>
internal sealed partial class LocalPlayedJob(string folder, LaunchForm form, IReadOnlyList<string> arguments) : IPlayedJob
{
    private const int Kill = 9;
    private const int User1 = 10;
    private const string CommandsAreIn = "for other terminals are in ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private CommandTask<BufferedCommandResult> process = null!;
    private DateTimeOffset started;
    private volatile string? commands;

    /// <summary>The limit of those jobs that reach it.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(45);

    public string Folder => folder;

    public void Start()
    {
        started = TimeProvider.System.GetUtcNow();
        process = Cli.Wrap(Clusters.CommandLine).WithArguments(arguments).WithWorkingDirectory(folder)
            .WithStandardErrorPipe(PipeTarget.ToDelegate(line =>
            {
                if (line.IndexOf(CommandsAreIn, StringComparison.Ordinal) is var at and >= 0)
                    commands = line[(at + CommandsAreIn.Length)..];
            }))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
    }

    public async Task DoAsync(Act act)
    {
        switch (act)
        {
            case Act.Preempt:
                Assert.Equal(0, SendSignal(process.ProcessId, User1));
                break;
            case Act.LetGo:
                await File.WriteAllTextAsync(Path.Combine(folder, "go"), string.Empty);
                break;
            case Act.Resubmit:
                Start();
                break;
            case Act.Wait:
                break;
            default:
                await CommandAsync(act switch
                {
                    Act.Cancel => ["scancel", Id],
                    Act.CancelStep => ["scancel", Id + ".0"],
                    Act.Warn when form == LaunchForm.Exec => ["scancel", "--batch", "--signal=USR2", Id],
                    Act.Warn => ["scancel", "--signal=USR2", Id],
                    Act.Requeue => ["scontrol", "requeue", Id],
                    Act.FailNode => ["scontrol", "update", $"nodename={Environment.MachineName}", "state=down", "reason=test"],
                    Act.Suspend => ["scontrol", "suspend", Id],
                    Act.Resume => ["scontrol", "resume", Id],
                    Act.Extend => ["scontrol", "update", $"jobid={Id}", "TimeLimit=10"],

                    // Longer than the program takes to ask again.
                    Act.Shorten => ["scontrol", "update", $"jobid={Id}", "TimeLimit=1:30"],
                    _ => throw new ArgumentOutOfRangeException(nameof(act), act, "the local scheduler does not imitate it"),
                });
                break;
        }
    }

    public Task WaitForShareOfLimitAsync(double share) =>
        WaitAsync(() => TimeProvider.System.GetUtcNow() > started + (Limit * share), "the limit");

    public async Task WaitAsync(Func<bool> condition, string what)
    {
        var until = TimeProvider.System.GetUtcNow() + Patience;
        while (!condition())
        {
            if (process.Task.IsCompleted && !condition())
                Assert.Fail($"{what} did not come before the job ended: {(await process).StandardError}{Log}");
            Assert.True(TimeProvider.System.GetUtcNow() < until, $"{what} did not come; the log: {Log}");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }

    public async Task<JobEnd> WaitForEndAsync()
    {
        var result = await process.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        var path = Path.Combine(folder, "report.json");
        Assert.True(File.Exists(path), $"cairn local ended with code {result.ExitCode}: {result.StandardError}");
        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        return new(
            report.RootElement.GetProperty("state").GetString()!, report.RootElement.GetProperty("attempts").GetArrayLength() - 1,
            report.RootElement.GetProperty("exit_code").GetInt32());
    }

    public async ValueTask DisposeAsync()
    {
        // Its guard ends the rest.
        if (!process.Task.IsCompleted)
        {
            SendSignal(process.ProcessId, Kill);
            await process;
        }

        Directory.Delete(folder, recursive: true);
    }

    private string Id => process.ProcessId.ToString();

    private async Task CommandAsync(string[] command)
    {
        var answer = await Cli.Wrap(Path.Combine(commands!, command[0])).WithArguments(command[1..])
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.ExitCode == 0, $"{string.Join(' ', command)}: {answer.StandardError}");
    }

    private string Log => File.Exists(Path.Combine(folder, "job.log")) ? File.ReadAllText(Path.Combine(folder, "job.log")) : string.Empty;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
