using System.Text;
using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;
using Cairn.Cli.Tests.Running;
using Cairn.Posix;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>A folder, and the real <c>cairn run</c> in it, outside of every job unless the test makes one up.</summary>
internal sealed class WrapperSandbox : IDisposable
{
    private static readonly string[] Unset =
    [
        "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "CAIRN_REQUEUE", "CAIRN_ATTEMPT", "CAIRN_STATUS", "CAIRN_CHECKPOINT_DIR",
        "CAIRN_DONE_FILE", "CAIRN_WARNED_FILE", "CAIRN_SAYS_DIR", "CAIRN_CHAIN", "CAIRN_SUBMISSION", "CAIRN_WRAPPED_JOB", "CAIRN_ARTIFACTS", "CAIRN_PAGES", "CAIRN_HUB", "SLURM_NTASKS", "SLURM_JOB_NUM_NODES", "SLURM_CPUS_ON_NODE",
    ];

    private readonly Sandbox _sandbox = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private CommandTask<CommandResult>? _running;

    public static string Train => Path.Combine(AppContext.BaseDirectory, "Programs", "WrappedPython", "train.py");

    public static string Terminal => Path.Combine(AppContext.BaseDirectory, "Programs", "WrappedPython", "terminal.py");

    public string Folder => _sandbox.Folder;

    public string Output => Read(_output);

    public string Error => Read(_error);

    /// <summary>The wrapper's process.</summary>
    public int ProcessId => _running!.ProcessId;

    public string At(string name) => _sandbox.At(name);

    public string Script(string name, string text) => _sandbox.Script(name, text);

    public string Write(string name, string text) => _sandbox.Write(name, text);

    /// <summary>Starts it; wait with <see cref="EndAsync"/>.</summary>
    /// <param name="arguments">Of cairn run.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="variables">More of them, as NAME=VALUE.</param>
    public void Start(string[] arguments, string? input = null, params string[] variables)
    {
        _running = CliWrap.Cli.Wrap(Sandbox.Program)
            .WithArguments(["run", .. arguments])
            .WithWorkingDirectory(Folder)
            .WithEnvironmentVariables(builder =>
            {
                foreach (var name in Unset)
                    builder.Set(name, null);
                foreach (var variable in variables)
                    builder.Set(variable[..variable.IndexOf('=', StringComparison.Ordinal)], variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            })
            .WithStandardInputPipe(input is null ? PipeSource.Null : PipeSource.FromString(input))
            .WithStandardOutputPipe(PipeTarget.ToDelegate(line => Hear(_output, line)))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(line => Hear(_error, line)))
            .WithValidation(CommandResultValidation.None)
            .ExecuteAsync();
    }

    /// <summary>A PATH with a few programs, and without scontrol.</summary>
    public string PathWithoutSlurm()
    {
        var bin = Directory.CreateDirectory(At("bin")).FullName;
        foreach (var program in (string[])["sh", "bash", "env", "sort", "grep", "cat", "sleep", "python3"])
        {
            if (!File.Exists(Path.Combine(bin, program)))
                File.CreateSymbolicLink(Path.Combine(bin, program), Executables.Find(program, "/usr/bin:/bin:" + Environment.GetEnvironmentVariable("PATH"), Folder));
        }

        return bin;
    }

    public async Task<int> EndAsync() => (await _running!.Task.WaitAsync(Sandbox.Patience)).ExitCode;

    public async Task<int> RunAsync(params string[] arguments)
    {
        Start(arguments);
        return await EndAsync();
    }

    public Task SaysAsync(string text) => Sandbox.Until(() => Error.Contains(text, StringComparison.Ordinal) || _running!.Task.IsCompleted, $"'{text}' on standard error: {Error}");

    public Task PrintsAsync(string text) => Sandbox.Until(() => Output.Contains(text, StringComparison.Ordinal) || _running!.Task.IsCompleted, $"'{text}' on standard output: {Output}{Error}");

    public void Signal(string name)
    {
        Assert.True(SlurmSignals.TryParse(name, out var number));
        Sandbox.Kill(ProcessId, number);
    }

    public void Dispose()
    {
        if (_running is { Task.IsCompleted: false })
        {
            foreach (var left in ProcessTable.Read().Descendants([ProcessId], new HashSet<int>()))
                _ = Signals.Send(left.Id, SignalName.Kill);
            _ = Libc.Kill(ProcessId, SignalName.Kill);
        }

        _sandbox.Dispose();
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    private static void Hear(StringBuilder text, string line)
    {
        lock (text)
            text.Append(line).Append('\n');
    }
}
