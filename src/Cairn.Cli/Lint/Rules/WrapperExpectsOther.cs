using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>--signal of the job, and another one of cairn run.</summary>
internal static class WrapperExpectsOther
{
    public static LintRule Rule { get; } = new("CAIRN072", Level.Warning, "cairn run waits for another signal", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        // KILL and STOP are heard by nobody, and TERM is a warning to cairn run, too.
        if (script.Wishes.Warning is not { Signal: not (SignalName.Kill or SignalName.Stop or SignalName.Term) } warning || SignalName.IsHarmless(warning.Signal))
            yield break;
        foreach (var launch in script.Flow.Launches.DistinctBy(launch => launch.Command.Line))
        {
            if (First(launch, warning) is not ({ } wrapper, var sent))
                continue;
            var (came, waits) = (SlurmSignals.Format(sent), SlurmSignals.Format(wrapper.Signal!.Value));
            var isInner = !ReferenceEquals(wrapper, launch.Wrappers[0]);
            var which = isInner ? "the cairn run behind srun" : "cairn run";
            yield return new(
                launch.Command.Line,
                IsPassedOn(sent)
                    ? $"{came} comes, but {which} waits for {waits}: it passes {came} on at once, as any other signal, and {launch.Name} dies of it where it is not ready{(isInner ? "" : ", and is not requeued")}."
                    : $"{came} comes, but {which} waits for {waits}, and dies of {came}.",
                isInner ? $"Behind srun write cairn run --signal {came}." : $"Write cairn run --signal {came}, or {waits} in the job's --signal.",
                wrapper is { SaysSignal: false, Next: { } next } ? script.InsertBefore(next, $"--signal {came}") : []);
        }
    }

    // The outer one hears what Slurm sends to the batch shell, one in a task what Slurm sends to tasks, or what the outer one warns by.
    private static (WrapperCall Wrapper, int Sent)? First(Launch launch, WarningSignal warning)
    {
        int? sent = warning.Signal;
        foreach (var wrapper in launch.Wrappers)
        {
            if (!wrapper.InTask && !warning.ToBatchShell)
                continue;
            if (warning.ToBatchShell && (launch.Wrappers[0].InTask || !launch.ReplacesShell))
                return null;
            if (sent is null || wrapper.Signal is null)
                return null;
            if (wrapper.Signal != sent)
                return (wrapper, sent.Value);
            sent = wrapper.WarnWith;
        }

        return null;
    }

    private static bool IsPassedOn(int signal) => signal is SignalName.Hup or SignalName.Int or SignalName.Quit or SignalName.Usr1 or SignalName.Usr2;
}
