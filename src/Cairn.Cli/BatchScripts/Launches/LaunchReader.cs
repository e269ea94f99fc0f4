using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>Looks through what stands before a program: exec, srun, containers, environments, launchers. A pure function of the command.</summary>
internal static class LaunchReader
{
    // What changes the program's surroundings and then becomes it, with those of its options whose value is the next word.
    private static readonly Dictionary<string, string> Prefixes = new(StringComparer.Ordinal)
    {
        ["env"] = "-u --unset -C --chdir",
        ["nice"] = "-n --adjustment",
        ["ionice"] = "-c -n --class --classdata",
        ["numactl"] = "-m -N -C -i -p --membind --cpunodebind --physcpubind --interleave --preferred",
        ["taskset"] = "",
        ["stdbuf"] = "-i -o -e --input --output --error",
        ["nohup"] = "",
        ["setsid"] = "",
        ["chrt"] = "",
        ["command"] = "",
        ["builtin"] = "",
    };

    // They start the one program behind them, and no steps.
    private static readonly HashSet<string> Around = new(StringComparer.Ordinal) { "docker", "podman", "nsys", "ncu", "perf", "strace", "time" };

    // What they do with images and instances is over soon, and is none of the programs in them.
    private static readonly HashSet<string> Managing = new(StringComparer.Ordinal)
    {
        "instance", "pull", "push", "build", "cache", "inspect", "remote", "key", "verify", "version", "--version", "images", "image", "load", "save", "import", "create", "list", "ps", "stop", "kill", "rm", "rmi",
        "login", "logout", "info", "cp", "volume", "network", "remove", "export",
    };

    private const string SrunValues =
        "-A -b -c -C -d -D -e -F -G -i -J -m -M -n -N -o -p -q -r -t -T -w -W -x -B -S -L --account --cpus-per-task --cpus-per-gpu --constraint --dependency --chdir "
        + "--error --gpus --gpus-per-task --gpus-per-node --gpu-bind --gres --input --job-name --distribution --clusters --ntasks --nodes --output --partition "
        + "--qos --relative --time --threads --nodelist --wait --exclude --cpu-bind --mem-bind --mem --mem-per-cpu --mem-per-gpu --mpi --hint --jobid "
        + "--ntasks-per-node --ntasks-per-socket --ntasks-per-core --ntasks-per-gpu --export --container --container-image --container-mounts "
        + "--container-workdir --container-name --container-env --het-group --cpu-freq --threads-per-core --open-mode --prolog --epilog --task-prolog --task-epilog "
        + "--signal --reservation --licenses --network --comment --tres-per-task --slurmd-debug --profile --acctg-freq --accel-bind --bb --bbf --bcast-exclude "
        + "--begin --cluster --cluster-constraint --context --core-spec --cores-per-socket --cpu_bind --deadline --delay-boot --extra-node-info --gid --gpu-freq "
        + "--gpus-per-socket --gres-flags --mail-type --mail-user --mcs-label --mincpus --msg-timeout --nodefile --ntasks-per-tres --pack-group --power --prefer "
        + "--priority --sockets-per-node --switches --tasks-per-node --thread-spec --time-min --tmp --uid --wckey";

    private const string TimeoutValues = "-s --signal -k --kill-after";

    private const string UvValues =
        "--with --with-editable --with-requirements -p --python --project --directory --env-file --extra --no-extra --group --no-group --only-group --package -C --config-setting "
        + "--index --default-index -i --index-url --extra-index-url -f --find-links --index-strategy --keyring-provider --resolution --prerelease --exclude-newer --link-mode "
        + "-P --upgrade-package --refresh-package --reinstall-package --cache-dir --color --config-file -w";

    private const string ContainerValues = "-B --bind --env --env-file -H --home --overlay -W --workdir --pwd --cwd -S --scratch --network --dns --security --mount --hostname --app --add-caps --fusemount";

    /// <param name="command">The command.</param>
    /// <param name="fileText">The text of a file beside the script; null where it cannot be read.</param>
    /// <returns>Null where the command starts nothing that takes long.</returns>
    public static Launch? Read(ShellCommand command, Func<string, string?>? fileText = null)
    {
        if (command.Words.Count == 0)
            return null;
        var launch = new Launch(command, []);
        var words = command.Words;
        var at = 0;
        while (at < words.Count)
        {
            // Of $CONDA_PREFIX/bin/python it is known what it is, wherever it lies; $ROOT/run_all may be a script.
            if (words[at].FileName is not { } name || (!words[at].IsLiteral && name != "srun" && !KnownPrograms.Contains(name)))
                return launch with { Program = [.. words.Skip(at)], Between = Between.Unknown, MayStartSteps = launch.Srun is null };
            switch (name)
            {
                case "exec":
                    if (at + 1 == words.Count)
                        return null;
                    launch = launch with { ReplacesShell = command.Place is { Background: false, Piped: false, Subshell: false, Substitution: false } };
                    at = Skip(words, at + 1, "-a");
                    break;
                case "srun":
                    var behindSrun = Skip(words, at + 1, SrunValues);
                    launch = launch with { Srun = at, SrunOptions = [.. words.Take(behindSrun).Skip(at + 1)], Between = Between.Nothing, BetweenName = null, BetweenIsLauncher = false, Giver = launch.UnderCairn ? Giver.CairnBySrun : Giver.Slurm };
                    at = behindSrun;
                    break;
                case "cairn" when Is(words, at + 1, "run"):
                    var behindRun = Skip(words, at + 2, WrapperCall.Valued);
                    launch = launch with { Wrappers = [.. launch.Wrappers, WrapperCall.Read([.. words.Take(behindRun).Skip(at + 2)], launch.Srun is not null)], Giver = Giver.Cairn };
                    at = behindRun;
                    break;
                case "apptainer" or "singularity" when Is(words, at + 1, "exec"):
                    at = Skip(words, at + 2, ContainerValues) + 1;
                    break;
                case "apptainer" or "singularity" or "docker" or "podman" or "enroot" or "shifter" when at + 1 < words.Count && Managing.Contains(words[at + 1].Text):
                    return null;
                case "shifter" when Is(words, at + 1, "run"):
                    at = Skip(words, at + 2, "--mount --workdir -w") + 1;
                    break;
                case "shifter":
                    at = Skip(words, at + 1, "-i -m -V -e --image --module --volume --entrypoint --env --workdir -w");
                    break;
                case "conda" or "mamba" when Is(words, at + 1, "run"):
                    launch = Through(launch, $"{name} run");
                    at = Skip(words, at + 2, "-n --name -p --prefix --cwd");
                    break;
                case "uv" when Is(words, at + 1, "run") && Skip(words, at + 2, UvValues) is var behindUv && behindUv < words.Count && !words.Take(behindUv).Skip(at + 2).Any(word => word.Text is "-m" or "--module" or "-s" or "--script"):
                    // It stays before the program; some versions pass a signal on.
                    if (launch.Between == Between.Nothing)
                        launch = launch with { Between = Between.Unknown, BetweenName = "uv run" };
                    at = behindUv;
                    break;
                case "poetry" or "pipenv" when Is(words, at + 1, "run"):
                    at = Skip(words, at + 2, "");
                    break;
                case "timeout":
                    var behindTimeout = Skip(words, at + 1, TimeoutValues);
                    launch = Timeout(launch, [.. words.Take(behindTimeout).Skip(at + 1)]);
                    at = behindTimeout + 1;
                    break;
                case "dotnet" when Is(words, at + 1, "run"):
                    return Through(launch, "dotnet run") with { Program = [.. words.Skip(at)] };
                case "bash" or "sh" or "zsh" or "dash" when Inline(words, at + 1) is { } text:
                    return Shell(launch, name, text, words, at);
                case "bash" or "sh" when ScriptFile(words, at + 1) is { } file && fileText?.Invoke(file.Text) is { } content:
                    return Shell(launch, $"{name} {Path.GetFileName(file.Text)}", content, words, at);
                case var script when IsShellScript(script) && words[at].Text.Contains('/', StringComparison.Ordinal) && fileText?.Invoke(words[at].Text) is { } content && content.StartsWith("#!", StringComparison.Ordinal):
                    return Shell(launch, script, content, words, at);
                case var prefix when Prefixes.TryGetValue(prefix, out var valued):
                    at = Skip(words, at + 1, valued);
                    while (prefix == "env" && at < words.Count && words[at].Text.Contains('=', StringComparison.Ordinal))
                        at++;
                    if (prefix is "taskset" or "chrt")
                        at++;
                    break;
                default:
                    return Program(launch with { Program = [.. words.Skip(at)] }, name, fileText);
            }
        }

        return null;
    }

    // TERM, and the signal that it is to send when the time is over, it passes on.
    private static Launch Timeout(Launch launch, IReadOnlyList<ShellWord> options)
    {
        if (SlurmSignals.TryParse(options.ValueOf("--signal", "-s") ?? "TERM", out var sent) && launch.Srun is null)
            launch = launch with { TimeoutSends = sent };
        if (SlurmSignals.TryParse(options.ValueOf("--signal", "-s") ?? "TERM", out var passed) && passed is SignalName.Term or SignalName.Kill)
            return Through(launch, "timeout");
        return launch.Between == Between.Nothing ? launch with { Between = Between.Unknown } : launch;
    }

    private static Launch? Program(Launch launch, string name, Func<string, string?>? fileText)
    {
        if (Utilities.Contains(name))
            return null;
        var words = launch.Program;
        var isPython = name.StartsWith("python", StringComparison.Ordinal);
        var module = isPython ? Module(words) : null;
        if (Launchers.NameOf(name, module, words) is { } launcher)
            return Through(launch, launcher) with { BetweenIsLauncher = launch.Between == Between.Nothing, LaunchesWrapper = Launchers.StartsWrapper(words) };
        if (module is not null)
            return launch;
        if (isPython && words.FirstOrDefault(word => word.Text.EndsWith(".py", StringComparison.Ordinal)) is { IsLiteral: true } file && fileText?.Invoke(file.Text) is { } text && Launchers.SpawnsAndIsDeaf(text))
            return Through(launch, $"{Path.GetFileName(file.Text)} (the parent of what torch.multiprocessing.spawn starts)") with { BetweenIsLauncher = launch.Between == Between.Nothing };
        if (IsUnknown(name))
        {
            // In the batch step it may call srun itself; as a task it may pass signals on.
            var isAround = Around.Contains(name) && words.Skip(1).Any(word => KnownPrograms.Contains(word.FileName ?? "")) && !words.Skip(1).Any(word => word.FileName is "srun" or "mpirun" or "mpiexec");
            return launch with { Between = Between.Unknown, MayStartSteps = launch.Srun is null && !isAround, LaunchesWrapper = name is "mpirun" or "mpiexec" or "orterun" && Launchers.StartsWrapper(words) };
        }

        return launch with { MayBeFunction = launch.Srun is null && !launch.UnderCairn && !launch.ReplacesShell && IsBare(launch.Command.Words[0], name) };
    }

    private static bool IsBare(ShellWord first, string name) =>
        first.Text == name && !name.Contains('.', StringComparison.Ordinal) && !KnownPrograms.Contains(name);

    private static ShellWord? ScriptFile(IReadOnlyList<ShellWord> words, int at)
    {
        while (at < words.Count && words[at].Text is ['-', ..])
            at++;
        return at < words.Count && words[at].IsLiteral ? words[at] : null;
    }

    private static bool IsShellScript(string name) =>
        name.EndsWith(".sh", StringComparison.Ordinal) || name.EndsWith(".bash", StringComparison.Ordinal) || name.EndsWith(".slurm", StringComparison.Ordinal)
        || name.EndsWith(".sbatch", StringComparison.Ordinal);

    private static bool IsUnknown(string name) =>
        name is "mpirun" or "mpiexec" or "orterun" or "prun" or "aprun" or "jsrun" or "ibrun" or "parallel" or "xargs" or "make" or "snakemake" or "nextflow"
            or "apptainer" or "singularity" or "docker" or "podman" or "sarus" or "enroot" or "charliecloud" or "ch-run" or "uv" or "pixi"
            or "hatch" or "npm" or "nsys" or "ncu" or "perf" or "strace" or "gdb" or "ray" or "dask" or "submitit" or "just" or "task" or "time" or "sudo"
            or "bash" or "sh" or "zsh" or "dash" or "ksh" or "csh" or "tcsh"
        || IsShellScript(name);

    // What a shell runs is its child, and the warning is the shell's, unless the program takes its place.
    private static Launch? Shell(Launch launch, string name, string text, IReadOnlyList<ShellWord> words, int at)
    {
        var inner = ShellScript.Parse(text);
        if (!inner.IsUnderstood)
            return launch with { Program = [.. words.Skip(at)], Between = Between.Unknown, MayStartSteps = launch.Srun is null };
        var flow = ScriptFlow.Of(inner);
        if (flow.Launches is not [.., var program])
            return IsFile(name) ? launch with { Program = [.. words.Skip(at)], Between = Between.Unknown, MayStartSteps = launch.Srun is null } : null;
        // A word in the text stands in no line of the script where a fix could find it.
        var wrappers = program.Wrappers.Select(wrapper => wrapper with { InTask = wrapper.InTask || launch.Srun is not null, Next = null });
        var result = launch with { Program = program.Program, Wrappers = [.. launch.Wrappers, .. wrappers], LaunchesWrapper = program.LaunchesWrapper };
        if (launch.Between == Between.Nothing)
            result = result with { Between = program.Between, BetweenName = program.BetweenName, BetweenIsLauncher = program.BetweenIsLauncher, BetweenGiver = program.BetweenGiver == Giver.Slurm ? launch.Giver : program.BetweenGiver };
        if (program.Srun is not null || program.MayStartSteps || flow.Commands.Any(command => command.Name is "trap"))
            return result with { Between = Between.Unknown, MayStartSteps = launch.Srun is null };
        if (program.ReplacesShell)
            return result;
        var othersBefore = flow.Launches.SkipLast(1).Any(Lasts);
        return othersBefore || !IsReplaced(name, inner, flow, program.Command)
            ? Through(result, IsFile(name) ? name : $"{name} -c") with { BetweenSeveral = othersBefore || program.Command.Place.Loop }
            : result;
    }

    // As seen of bash 5.2, dash 0.5.12 and zsh 5.9; sh is one of the first two.
    private static bool IsReplaced(string shell, ShellScript text, ScriptFlow flow, ShellCommand program) => shell switch
    {
        "dash" => false,
        // Of a file bash puts nothing in its own place but what has exec.
        _ when IsFile(shell) => false,
        "zsh" => program.Place is { Piped: false, Background: false } && ReferenceEquals(program, flow.Commands.Last(command => !command.Place.Substitution)),
        _ => text.Tail is { Words: [var first, ..] } tail && program.Line == tail.Line && program.Words[0].Column == first.Column,
    };

    // bash run.sh, and not bash -c.
    private static bool IsFile(string name) => name.Contains('.', StringComparison.Ordinal) || name.Contains(' ', StringComparison.Ordinal);

    // A warning may come while it runs. Of what runs beside the program, or only sometimes before it, that is not sure.
    private static bool Lasts(Launch launch) =>
        launch is { Between: not Between.Unknown, Command.Place: { Background: false, Conditional: false } } && !Preparations.Contains(launch.Program);

    // Whether uv passes a signal on makes no difference where what it starts keeps it.
    private static Launch Through(Launch launch, string name) =>
        launch.Between == Between.Nothing || launch is { Between: Between.Unknown, BetweenName: not null } ? launch with { Between = Between.Parent, BetweenName = name, BetweenGiver = launch.Giver } : launch;

    private static string? Module(IReadOnlyList<ShellWord> words)
    {
        for (var i = 1; i < words.Count - 1 && words[i].Text.StartsWith('-'); i++)
        {
            if (words[i].Text == "-m")
                return words[i + 1].Text;
        }

        return null;
    }

    private static string? Inline(IReadOnlyList<ShellWord> words, int at)
    {
        while (at < words.Count - 1 && words[at].Text is ['-' or '+', ..] option)
        {
            at++;
            if (option[0] == '-' && option.Length > 1 && option[1] != '-' && option.EndsWith('c'))
                return words[at].Text;
        }

        return null;
    }

    private static bool Is(IReadOnlyList<ShellWord> words, int at, string text) => at < words.Count && words[at].Text == text;

    /// <summary>The index of the first word that is no option, or is behind --.</summary>
    private static int Skip(IReadOnlyList<ShellWord> words, int at, string valued)
    {
        var withValue = valued.Split(' ');
        while (at < words.Count && words[at].Text is ['-', _, ..] option)
        {
            at++;
            if (option == "--")
                break;
            if (withValue.Contains(option, StringComparer.Ordinal))
                at++;
        }

        return Math.Min(at, words.Count);
    }
}
