using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>--signal without B: goes to the tasks of srun, and the program is none.</summary>
internal static partial class WarningMissesProgram
{
    public static LintRule Rule { get; } = new("CAIRN020", Level.Warning, "the warning never reaches the program", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var flaw in OfScancel(script).Concat(OfDeafShell(script)))
            yield return flaw;
        if (script.Wishes.Warning is not { ToBatchShell: false } warning || script.Find("signal") is not { } directive
            || script.Flow.Main is not { UnderCairn: false, Srun: null } main || script.Flow.Launches.Any(launch => launch.Hears(toBatchShell: false) is not false && !IsServer(launch, main) && !ScriptFlow.IsHelper(launch)))
            yield break;
        var servers = script.Flow.Launches.FirstOrDefault(launch => launch.Srun is not null && IsServer(launch, main));
        // A trap wants the signal for the shell: that is another flaw.
        if (script.Flow.TrapOf(warning.Signal) is { Ignores: false })
            yield break;
        var signal = SlurmSignals.Format(warning.Signal);
        if (main.ReplacesShell)
        {
            yield return new(
                main.Command.Line,
                $"{signal} goes to the tasks of srun. exec made {main.Name} the batch shell, which hears no --signal without B:.",
                "Write --signal=B:" + directive.Value + ", or put srun before the program.",
                script.SetValue(directive, "B:" + directive.Value));
            yield break;
        }

        if (servers is not null)
        {
            yield return new(
                main.Command.Line,
                $"{signal} goes to the tasks of srun, which are the servers (line {servers.Command.Line}): they die of it, while {main.Name}, a child of the batch shell beside them, hears nothing.",
                $"Write --signal=B:{directive.Value}, start {main.Name} with &, and tell it in a trap: trap 'kill -{signal} $pid' {signal}; {main.Word} ... & pid=$!; while kill -0 $pid 2> /dev/null; do wait $pid; done.");
            yield break;
        }

        yield return new(
            main.Command.Line,
            $"{signal} goes to the tasks of srun, and {main.Name} is none but a child of the batch shell: it hears nothing, and at the limit it is killed without a word.",
            main.BetweenIsLauncher ? LauncherForm.Advice(main) : main.Between == Between.Parent ? $"Put srun before the program itself, without {main.BetweenName}, which would die of the signal." : script.Wishes.IsOneTask ? "Put srun before the program." : "Put srun before the program; it starts one for each task of the job, so that with one program alone it is srun --ntasks=1.",
            CanBecomeTask(script, main) ? script.InsertBefore(main.Command.Words[0], "srun") : []);
    }

    // bash waits for the program in the foreground, and looks how that ended.
    private static IEnumerable<Flaw> OfDeafShell(LintedScript script)
    {
        if (script.Wishes.Warning is not { ToBatchShell: true } warning || !script.IsBash || script.Flow.InFront is not { ReplacesShell: false, MayStartSteps: false, Command.Place.Background: false } main
            || !WarningKillsShell.Outlives(main, warning.Signal) || script.Flow.MayTrapElsewhere || script.Flow.TrapOf(warning.Signal) is not null)
            yield break;
        yield return new(
            main.Command.Line,
            $"B: sends {SlurmSignals.Format(warning.Signal)} to the batch shell alone, and bash, which waits for {main.Name} in the foreground, does not mind it: nobody tells {main.Name}, and at the limit it is killed.",
            main.BetweenIsLauncher && !main.UnderCairn ? LauncherForm.Advice(main)
                : main.Srun is null || main.UnderCairn ? "Put exec before the program, which then hears the signal itself." : "Take the B: away: then the tasks of srun hear it.");
    }

    // scancel --signal goes to steps, with --batch to the batch shell alone, and only with --full to what that has started.
    private static IEnumerable<Flaw> OfScancel(LintedScript script)
    {
        if (script.Flow.Main is not { Srun: null, UnderCairn: false, MayStartSteps: false, Command.Place.Background: true } main || script.Flow.Launches.Any(launch => launch.Srun is not null || launch.MayStartSteps))
            yield break;
        foreach (var trap in script.Flow.Traps)
        {
            if (trap.Actions.FirstOrDefault(action => action.SignalsByScancel() && !action.Arguments.Any(word => word is "-f" or "--full")) is not { } scancel || trap.Actions.Any(action => action.Name is "kill" or "pkill" or "killall"))
                continue;
            yield return new(
                scancel.Line,
                $"scancel with a signal reaches the tasks of srun, and {main.Name} is none but a child of the batch shell: it hears nothing.",
                "Signal it directly: kill -USR1 $pid, where pid=$! stands behind the program.");
        }
    }

    // A server is a task beside the driver, and is not what is to hear the warning.
    private static bool IsServer(Launch launch, Launch main) =>
        launch is { Command.Place.Background: true } && !ReferenceEquals(launch, main) && main.Command.Place is { Background: false } && Server().IsMatch(string.Join(' ', launch.Command.Words.Select(word => word.Text)));

    [GeneratedRegex(@"\bray\s+start\b|--block\b|dask[- ](worker|scheduler)|start-(worker|slave|master)|spark-class|redis-server|\b(vllm|ollama)\s+serve\b|mongod\b|postgres\b|memcached|\bhq\s+(worker|server)|flux\s+start|ipengine|ipcontroller", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Server();

    // srun starts a program once for each task: with several the change would not be safe.
    private static bool CanBecomeTask(LintedScript script, Launch main) =>
        script.Wishes.IsOneTask && main.Between == Between.Nothing && !main.Command.Place.Conditional && main.Command.Place.Function is null && !main.Command.Words[0].Text.EndsWith("env", StringComparison.Ordinal)
        && main.Command.Name is not ("nohup" or "setsid" or "command" or "builtin");
}
