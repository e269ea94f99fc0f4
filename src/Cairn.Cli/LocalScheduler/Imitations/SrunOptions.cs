using System.Globalization;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.LocalScheduler.Jobs;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>What srun was asked for, as far as it means something on one machine.</summary>
internal sealed record SrunOptions
{
    private const int MostTasks = 1024;

    // What places work on a cluster, names it or bills it: nothing that a program of one machine could notice.
    private static readonly string[] Silent = Words(
        "A account J job-name p partition q qos x exclude jobid hint comment reservation wckey C constraint m distribution S core-spec B extra-node-info");

    private static readonly string[] SilentFlags = Words(
        "u unbuffered overlap exact O overcommit s oversubscribe Q quiet v verbose X disable-status k no-kill exclusive H hold contiguous spread-job use-min-nodes");

    // What a program would notice on a cluster.
    private static readonly string[] NotImitatedHere = Words(
        "cpu-bind mem-bind cpu-freq cpus-per-gpu G gpus gpus-per-task gpus-per-node gpus-per-socket gpu-bind gpu-freq gres tres-per-task tres-bind mem mem-per-cpu mem-per-gpu "
        + "mpi network t time L licenses ntasks-per-core ntasks-per-gpu ntasks-per-socket threads-per-core cores-per-socket sockets-per-node prolog epilog task-prolog task-epilog tmp profile "
        + "container container-image container-mounts container-workdir container-name container-save container-env");

    private static readonly string[] NotImitatedFlags = Words(
        "propagate bcast nice I immediate E preserve-env container-writable container-readonly container-mount-home no-container-mount-home container-remap-root no-container-remap-root");

    private static readonly string[] Imitated = Words("ntasks ntasks-per-node cpus-per-task nodes nodelist chdir kill-on-bad-exit wait label output error input open-mode export");

    /// <summary>The program and its arguments.</summary>
    public IReadOnlyList<string> Command { get; private init; } = [];

    /// <summary>-n; null for the job's own number.</summary>
    public int? Tasks { get; private init; }

    public int? TasksPerNode { get; private init; }

    /// <summary>-N; null for all of the job's.</summary>
    public int? Nodes { get; private init; }

    /// <summary>-w; empty for any.</summary>
    public IReadOnlyList<string> NodeList { get; private init; } = [];

    public string? CpusPerTask { get; private init; }

    /// <summary>--chdir; a full path.</summary>
    public string? Folder { get; private init; }

    /// <summary>The first task that fails ends the step; without it a step waits for all its tasks.</summary>
    public bool KillOnBadExit { get; private init; }

    /// <summary>So long after its first task has ended the others are killed; null for never.</summary>
    public TimeSpan? Wait { get; private init; }

    /// <summary>Each line of output begins with the number of its task.</summary>
    public bool Label { get; private init; }

    /// <summary>A file's name with replacements, all, none, or the number of the only task whose output counts.</summary>
    public string? Output { get; private init; }

    /// <inheritdoc cref="Output"/>
    public string? Error { get; private init; }

    /// <summary>The same for what the tasks read.</summary>
    public string? Input { get; private init; }

    /// <summary>--open-mode=append.</summary>
    public bool Appends { get; private init; }

    /// <summary>--export.</summary>
    public string? Export { get; private init; }

    /// <summary>Options that do nothing here and would on a cluster.</summary>
    public IReadOnlyList<string> NotImitated { get; private init; } = [];

    /// <exception cref="UsageException">An option that cannot be imitated, that srun refuses, or no program.</exception>
    public static SrunOptions Parse(IReadOnlyList<string> arguments)
    {
        var read = new SrunOptions { KillOnBadExit = Environment.GetEnvironmentVariable("SLURM_KILL_BAD_EXIT") is "1", Label = Environment.GetEnvironmentVariable("SLURM_LABELIO") is "1" };
        var options = new ShortArguments(arguments, flags: "uOsQvXklHE", valued: "AcGJmpqtWwCnNDoeixSBLKI");
        while (options.Next())
        {
            if (options.Name.Length == 0)
            {
                var command = options.Text == "--" ? options.Rest : [options.Text, .. options.Rest];
                return command.Count > 0 ? read with { Command = command } : throw NoCommand();
            }

            read = read.With(options);
        }

        throw NoCommand();
    }

    private SrunOptions With(ShortArguments options)
    {
        switch (options.Name)
        {
            case "n" or "ntasks":
                return this with { Tasks = Number(options) };
            case "c" or "cpus-per-task":
                return this with { CpusPerTask = Number(options).ToString(CultureInfo.InvariantCulture) };
            case "ntasks-per-node":
                return this with { TasksPerNode = Number(options) };
            case "N" or "nodes":
                return this with { Nodes = NodeCount.TryParse(Value(options), out var nodes) ? nodes : throw new UsageException($"{options.Text}: {NodeCount.Problem}") };
            case "w" or "nodelist":
                return this with { NodeList = HostNames.TryExpand(Value(options), out var names) ? names : throw new UsageException($"{options.Text} is no list of nodes") };
            case "D" or "chdir":
                var folder = Path.GetFullPath(Value(options));
                return Directory.Exists(folder) ? this with { Folder = folder } : throw new UsageException($"{options.Text}: there is no folder {folder}");
            case "K" or "kill-on-bad-exit":
                return this with { KillOnBadExit = options.Glued is not { } on || (on is "0" or "1" ? on is "1" : throw new UsageException($"{options.Text}: it is --kill-on-bad-exit[=0|1]")) };
            case "W" or "wait":
                var seconds = int.TryParse(Value(options), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new UsageException($"{options.Text} is no number of seconds");
                return this with { Wait = seconds == 0 ? null : TimeSpan.FromSeconds(seconds) };
            case "l" or "label":
                return this with { Label = true };
            case "o" or "output":
                return this with { Output = Value(options) };
            case "e" or "error":
                return this with { Error = Value(options) };
            case "i" or "input":
                return this with { Input = Value(options) };
            case "open-mode":
                return this with { Appends = Value(options) switch { "a" or "append" => true, "t" or "truncate" => false, _ => throw new UsageException($"{options.Text}: it is append or truncate") } };
            case "export":
                return this with { Export = Value(options) };
            case "het-group" or "pack-group":
                throw new UsageException($"{options.Text}: the components of a heterogeneous job are several nodes, and cairn local is one");
            case "multi-prog" or "pty" or "Z" or "no-allocate":
                throw new UsageException($"cairn local does not imitate srun {options.Text}");
            case "x" or "exclude" or "m" or "distribution" when Environment.GetEnvironmentVariable("SLURM_JOB_NUM_NODES") is not "1":
                _ = Value(options);
                return Without(options.Name);
            case var name when Has(Silent, name):
                _ = Value(options);
                return this;
            case var name when Has(SilentFlags, name):
                return this;
            case var name when Has(NotImitatedHere, name):
                return Value(options) is "none" ? this : Without(name);
            case var name when Has(NotImitatedFlags, name):
                return Without(name);
            default:
                return Unknown(options);
        }
    }

    // A plugin of the site may know it; where its value ends can be seen only behind an =.
    private SrunOptions Unknown(ShortArguments options)
    {
        var all = new[] { Silent, SilentFlags, NotImitatedHere, NotImitatedFlags, Imitated };
        foreach (var names in all)
        {
            if (options.Name.Length > 3 && Array.Find(names, known => Misprints.IsOne(options.Name, known)) is { } meant)
                throw new UsageException($"srun knows no option --{options.Name}; --{meant} is the nearest that it knows");
        }

        return options.Glued is not null && options.Name.Length > 1
            ? Without(options.Name)
            : throw new UsageException($"cairn local knows no option {options.Text} of srun; one of a plugin of the site is taken in the form --OPTION=VALUE");
    }

    private SrunOptions Without(string name) => this with { NotImitated = [.. NotImitated, (name.Length == 1 ? "-" : "--") + name] };

    private static string Value(ShortArguments options) => options.Value ?? throw new UsageException($"{options.Text} needs a value");

    private static int Number(ShortArguments options)
    {
        var value = options.Value;
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MostTasks
            ? number
            : throw new UsageException($"{options.Text}: '{value}' is no number of tasks between 1 and {MostTasks}");
    }

    private static UsageException NoCommand() => new("No command given to execute.");

    private static string[] Words(string text) => text.Split(' ');

    private static bool Has(string[] names, string name) => Array.IndexOf(names, name) >= 0;
}
