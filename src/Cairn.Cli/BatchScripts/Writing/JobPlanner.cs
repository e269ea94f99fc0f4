using System.Globalization;
using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.BatchScripts.Writing;

/// <summary>From what was said of a job to a plan of it: a pure function that refuses what sbatch would refuse, or what would not work.</summary>
internal static partial class JobPlanner
{
    // Slurm may warn a minute early, and looks every half minute.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan UsualLead = TimeSpan.FromSeconds(120);
    private static readonly int[] NoWarnings = [SignalName.Int, SignalName.Kill, SignalName.Term, SignalName.Cont, SignalName.Stop, SignalName.Chld, SignalName.Urg, SignalName.Winch];

    /// <exception cref="UsageException">Something is missing or cannot be; the message says who gave it.</exception>
    public static JobPlan Plan(JobValues values)
    {
        var launcher = values.One("launcher") switch
        {
            null or { Text: "wrapper" } => Launcher.Wrapper,
            { Text: "srun" } => Launcher.Srun,
            { Text: "dotnet" } => Launcher.DotNet,
            { } other => throw Wrong(other, "use wrapper, srun or dotnet"),
        };
        var program = Program(values.Program, launcher);
        var processes = Launchers.Find(program);
        if (processes is { } starter)
            CheckTasks(values, starter.Name, program, launcher);
        var limit = Limit(values.One("time") ?? throw new UsageException("How long may an attempt run? Say --time, as --time 12h."));
        var signal = Signal(values.One("signal"));
        var lead = Lead(values.One("lead"), limit);
        var isArray = Checked(values, "array", Array(), $"write {ArrayElement.Forms}") is not null;
        var logs = Folder(values.One("logs"), "logs");
        Checked(values, "gpus-per-node", Gpus(), "write a number, or TYPE:NUMBER");
        var mpi = Checked(values, "mpi", MpiType(), "write a type that srun --mpi=list names, as pmi2 or pmix");
        if (mpi is not null && processes is (var name, _))
            throw Wrong(values.One("mpi")!, $"{name} starts the processes of a node itself, and they are no ranks of MPI. Leave it out");
        if (values.One("bind") is { } bind && values.One("container") is null)
            throw Wrong(bind, "there is no container that could see it: add --container");
        return new()
        {
            Launcher = launcher,
            Program = program,
            LauncherWords = processes?.Words ?? 0,
            HasSeveralNodes = HasSeveralNodes(values),
            HasSeveralRanks = processes is null && HasSeveralTasks(values),
            Mpi = mpi,
            Directives = [.. Directives(values, program, limit, signal, lead, launcher == Launcher.Wrapper, isArray, logs)],
            Signal = signal,
            Lead = values.One("lead") is null ? null : lead,
            Logs = logs,
            IsArray = isArray,
            CpusPerTask = values.One("cpus-per-task")?.Text,
            HasGpus = values.One("gpus-per-node") is not null,
            Checkpoints = Word(values.One("checkpoint-dir")),
            Modules = [.. values.Many("module").Select(module => Word(module)!)],
            Environment = [.. values.Many("env").Select(Variable)],
            Conda = Word(values.One("conda")),
            VirtualEnvironment = Word(values.One("venv")),
            Container = Word(values.One("container")),
            Binds = [.. values.Many("bind").Select(folder => Word(folder)!)],
        };
    }

    private static IEnumerable<(string Name, string? Value)> Directives(
        JobValues values, IReadOnlyList<string> program, TimeSpan limit, string signal, TimeSpan lead, bool toBatchShell, bool isArray, string logs)
    {
        var name = values.One("job-name") is { } given
            ? given.Text.Contains('/', StringComparison.Ordinal) ? throw Wrong(given, "a job's name is part of its log's name, and cannot hold a /") : Quoting.ForDirective(given.Text, given.Where)
            : NameOf(program);
        yield return ("job-name", name);
        foreach (var option in (string[])["account", "partition", "qos", "constraint"])
        {
            if (values.One(option) is { } word)
                yield return (option, Quoting.ForDirective(word.Text, word.Where));
        }

        foreach (var option in (string[])["nodes", "ntasks", "ntasks-per-node", "cpus-per-task"])
        {
            if (Checked(values, option, Count(), "write a whole number of 1 or more") is { } number)
                yield return (option, number);
            else if (option == "ntasks-per-node" && HasSeveralNodes(values) && Launchers.Find(program) is not null)
                yield return (option, "1");
        }

        if (Checked(values, "mem", Size(), "write a whole number and its unit K, M, G or T: 16G") is { } memory)
            yield return ("mem", memory);
        if (values.One("gpus-per-node") is { } gpus)
            yield return ("gpus-per-node", gpus.Text);
        yield return ("time", TimeLimit.Format(limit));
        if (isArray)
            yield return ("array", values.One("array")!.Text);
        yield return ("output", Quoting.ForDirective($"{logs}/{(isArray ? "%x-%A_%a.out" : "%x-%j.out")}", values.One("logs")?.Where ?? "--logs"));
        yield return ("open-mode", "append");
        yield return ("signal", string.Create(CultureInfo.InvariantCulture, $"{(toBatchShell ? "B:" : "")}{signal}@{lead.TotalSeconds:0}"));
        yield return ("requeue", null);
    }

    private static bool HasSeveralNodes(JobValues values) => values.One("nodes") is { Text: not "1" };

    // A number of tasks goes before those of each node.
    private static bool HasSeveralTasks(JobValues values) =>
        values.One("ntasks") is { } tasks ? tasks.Text != "1" : values.One("ntasks-per-node") is not (null or { Text: "1" }) || HasSeveralNodes(values);

    // Every task would start the processes of a whole node; a node's launcher is one task.
    private static void CheckTasks(JobValues values, string starter, IReadOnlyList<string> program, Launcher launcher)
    {
        var nodes = values.One("nodes")?.Text ?? "1";
        foreach (var (option, fitting) in ((string, string)[])[("ntasks-per-node", "1"), ("ntasks", nodes)])
        {
            if (values.One(option) is { } given && given.Text != fitting)
                throw Wrong(given, $"{starter} starts the processes of a node itself, and would be started once for each task. Leave {option} out, and tell {starter} how many (torchrun: --nproc_per_node=4)");
        }

        if (launcher != Launcher.Wrapper || !HasSeveralNodes(values))
            return;
        if (!Launchers.IsTorchrun(starter))
            throw Wrong(values.One("nodes")!, $"{starter} has to be told on each node which one it is, and this script does not do that. Start the program by torchrun, which is told (what accelerate and deepspeed start goes under it, too), or write the script by hand");
        if (program.Contains("--standalone"))
            throw Wrong(values.One("nodes")!, $"{starter} --standalone stays on one node. Leave --standalone out");
    }

    private static IReadOnlyList<string> Program(IReadOnlyList<string> program, Launcher launcher)
    {
        if (program.Count == 0)
            throw new UsageException("What is to run? Give the program after --, as cairn script --time 12h -- python train.py, or as program = [...] in the file.");
        if (program[0].Length == 0 || program[0][0] == '-')
            throw new UsageException($"'{program[0]}' is no program.");
        if (launcher != Launcher.DotNet)
            return program;
        if (program is ["dotnet", "run", ..])
            throw new UsageException("dotnet run starts the program as a child, which hears no warning: build first, and give the assembly (Train.dll) or the program itself.");
        return program[0].EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? ["dotnet", .. program] : program;
    }

    /// <summary>What a program is called in names; one that cannot be written into a line is not worth an error.</summary>
    public static string NameOf(IReadOnlyList<string> program)
    {
        var script = program.FirstOrDefault(word => word.EndsWith(".py", StringComparison.Ordinal) || word.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)) ?? program[0];
        var name = new string([.. Path.GetFileNameWithoutExtension(script).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-' ? letter : '-')]);
        return name.Trim('-', '.') is { Length: > 0 } good ? good : "job";
    }

    private static TimeSpan Limit(Given time)
    {
        if (!TimeLimit.TryParse(time.Text, out var limit))
            throw Wrong(time, "write 12h, 90 (minutes), 12:00:00 or 1-12:00:00");
        if (limit is not { } known)
            throw Wrong(time, "without a limit there is no warning; give a time");
        // Slurm counts whole minutes.
        return TimeSpan.FromMinutes(Math.Ceiling(known.TotalMinutes));
    }

    private static TimeSpan Lead(Given? given, TimeSpan limit)
    {
        var lead = given is null ? LeadFor(limit)
            : Durations.TryParse(char.IsAsciiDigit(given.Text.LastOrDefault()) ? given.Text + "s" : given.Text, out var asked) ? TimeSpan.FromSeconds(Math.Ceiling(asked.TotalSeconds))
            : throw Wrong(given, $"write {Durations.Forms}");
        if (lead.TotalSeconds is < 1 or > 65535)
            throw Wrong(given!, "Slurm takes 1 to 65535 seconds");
        if (IsTooLong(lead, limit))
            throw new UsageException($"{given?.Where ?? "--time"}: with a wall time of {Durations.Format(limit)} a warning {Durations.Format(lead)} before the end, which may come a minute early, would come at the start. Ask for {Durations.Format(lead + Early + Early)} or more.");
        return lead;
    }

    /// <summary>The usual lead under a limit.</summary>
    public static TimeSpan LeadFor(TimeSpan limit) => limit > UsualLead + Early ? UsualLead : Early;

    /// <summary>Whether a warning, which may come a minute early, comes at the start.</summary>
    public static bool IsTooLong(TimeSpan lead, TimeSpan limit) => lead + Early >= limit;

    private static string Signal(Given? given)
    {
        if (given is null)
            return "USR2";
        if (!SlurmSignals.TryParse(given.Text, out var number) || NoWarnings.Contains(number))
            throw Wrong(given, "that is no warning; use USR1 or USR2");
        return SlurmSignals.Format(number);
    }

    private static string Folder(Given? given, string otherwise)
    {
        if (given is null)
            return otherwise;
        var folder = given.Text.TrimEnd('/');
        if (folder.Length == 0 || folder.Contains('%', StringComparison.Ordinal))
            throw Wrong(given, "that is no folder for logs (Slurm would replace a %)");
        return folder;
    }

    private static (string Name, string Value) Variable(Given given)
    {
        var at = given.Text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && VariableName().IsMatch(given.Text[..at]) ? (given.Text[..at], given.Text[(at + 1)..]) : throw Wrong(given, "write NAME=VALUE");
    }

    private static string? Word(Given? given) =>
        given is null ? null : given.Text.Length > 0 && given.Text[0] != '-' ? given.Text : throw Wrong(given, "that is empty, or an option");

    private static string? Checked(JobValues values, string name, Regex form, string advice) =>
        values.One(name) is not { } given ? null : form.IsMatch(given.Text) ? given.Text : throw Wrong(given, advice);

    private static UsageException Wrong(Given given, string advice) => new($"{given.Where} '{given.Text}': {advice}.");

    [GeneratedRegex("^[1-9][0-9]{0,6}$", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Count();

    [GeneratedRegex("^[1-9][0-9]{0,9}[KMGTkmgt]$", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Size();

    [GeneratedRegex("^[a-z0-9_]{1,40}$", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex MpiType();

    [GeneratedRegex("^([A-Za-z0-9_.-]+:)?[1-9][0-9]{0,4}$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Gpus();

    [GeneratedRegex("^[0-9]{1,9}(-[0-9]{1,9}(:[0-9]{1,9})?)?(,[0-9]{1,9}(-[0-9]{1,9}(:[0-9]{1,9})?)?)*(%[0-9]{1,9})?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Array();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex VariableName();
}
