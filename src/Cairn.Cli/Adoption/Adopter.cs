using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.Lint;
using Cairn.Cli.Lint.Rules;

namespace Cairn.Cli.Adoption;

/// <summary>From a batch script to the recommended form for its launcher. What is not sure is refused, with its reason, and nothing is changed.</summary>
internal static class Adopter
{
    // With these a job does not save, or does not go on where it was, whoever warns it and puts it back.
    private static readonly LintRule[] InTheWay = [ParentKeepsWarning.Rule, SecondMkdirFails.Rule, NewFolderEachAttempt.Rule, RestartCountUnset.Rule, CheckpointsDeleted.Rule, NodeLocalCheckpoints.Rule];

    /// <param name="path">Where the script was read from.</param>
    /// <param name="text">The script.</param>
    /// <param name="around">What lies around it.</param>
    /// <param name="isSyntax">Whether a shell takes a text for a script; null: nobody is asked.</param>
    public static AdoptedScript Adopt(string path, string text, Surroundings around, Func<string, bool>? isSyntax = null)
    {
        var draft = new Draft(path, text, around);
        try
        {
            if (draft.Script.Flow.Launches.Any(launch => launch.UnderCairn))
                return new(draft, null, [new(draft.Script.Flow.Launches.First(launch => launch.UnderCairn).Command.Line, "cairn run is there already: nothing is changed. cairn lint says whether its form is right")], []);
            CheckScript(draft.Script);
            var before = ProgramChoice.Of(draft.Script);
            var passedOn = HandMadeRequeue.TakeAway(draft, before);
            var warning = Warning.Of(draft.Script, passedOn);
            var line = ProgramLine.Of(draft.Script, ProgramChoice.Of(draft.Script), warning);
            if (!draft.Apply(line.Edits()))
                throw new NotAdoptedException(before.Command.Line, $"cairn run cannot be put before {before.Name} without changing more: write it by hand, as docs/run.md shows");
            // Without a limit nobody knows when to send it, and a short one leaves it no time.
            var isSent = warning.Lead is not null && draft.Script.Wishes.Limit is not null && (line.IsLast || line.IsTask);
            Directives.Set(draft, isSent ? warning : null, toBatchShell: line.IsLast);
            Verify(draft, before, isSyntax);
            return new(draft, null, Remarks.Of(draft, before, line, isSent), ForProgram.Of(draft.Script, before, line));
        }
        catch (NotAdoptedException refusal)
        {
            return new(new(path, text, around), refusal.Remark, [], []);
        }
    }

    private static void CheckScript(LintedScript script)
    {
        if (script.HasDosLineBreaks)
            throw new NotAdoptedException(null, @"its lines end in \r\n, which sbatch refuses: cairn lint --fix takes that away");
        if (script.Refused is [var refused, ..])
            throw new NotAdoptedException(refused.Line, $"sbatch refuses it: {refused.Problem}");
        if (!script.Lines[0].StartsWith("#!", StringComparison.Ordinal))
            throw new NotAdoptedException(1, "sbatch refuses it: the first line must start with #! and the path of an interpreter, as #!/bin/bash");
        if (!script.IsUnderstood)
            throw new NotAdoptedException(null, "its commands are not understood: it is no script of bash or sh, or of a form that Cairn does not read");
        if (script.Components.Count > 1)
            throw new NotAdoptedException(null, "it is a heterogeneous job: write cairn run by hand, as docs/run.md shows");
        if (script.Wishes.IsChain)
            throw new NotAdoptedException(script.Find("array")!.Line, "--array=...%1 chains the pieces of one run. With cairn run one job comes back by itself: take --array away");
        // The NERSC's requeue_job func_trap USR1 and its like.
        if (script.Flow.MayTrapElsewhere && script.Flow.Commands.LastOrDefault(IsAboutTraps) is { } hidden)
            throw new NotAdoptedException(hidden.Line, $"{string.Join(' ', hidden.Words.Take(2).Select(word => word.Raw))} may set a trap or requeue the job, and is defined in another file: take that away, cairn run does it");
    }

    private static bool IsAboutTraps(ShellCommand command) =>
        command.Name is not ("trap" or "scontrol") && command.Words.Any(word => word.Text.Contains("trap", StringComparison.Ordinal) || word.Text.Contains("requeue", StringComparison.Ordinal));

    // By Cairn's own reader, by bash, and by lint: the same program with the same arguments, and no warning that was not there before.
    private static void Verify(Draft draft, Launch before, Func<string, bool>? isSyntax)
    {
        var after = draft.Script.Flow.Launches.FirstOrDefault(launch => launch.UnderCairn);
        if (after is null || !after.Program.Select(word => word.Text).SequenceEqual(before.Program.Select(word => word.Text), StringComparer.Ordinal)
            || !after.SrunOptions.Select(word => word.Text).SequenceEqual(before.SrunOptions.Select(word => word.Text), StringComparer.Ordinal))
            throw new NotAdoptedException(before.Command.Line, $"{before.Name} would not be started in the same way: write cairn run by hand, as docs/run.md shows");
        if (isSyntax is not null && !isSyntax(draft.Text))
            throw new NotAdoptedException(null, isSyntax(string.Join('\n', draft.Before.Lines)) ? "bash would not take it any more: write cairn run by hand, as docs/run.md shows" : "bash does not take it as it is (bash -n)");
        var known = Linter.Check(draft.Before).Select(finding => finding.Rule.Id).ToHashSet(StringComparer.Ordinal);
        if (Linter.Check(draft.Script).FirstOrDefault(finding => finding.Level >= Level.Warning && (finding.Level == Level.Error || !known.Contains(finding.Rule.Id) || InTheWay.Contains(finding.Rule)) && !IsForProgram(finding, after)) is { } worse)
            throw new NotAdoptedException(draft.Origins[worse.Flaw.Line - 1] + 1 ?? before.Command.Line, $"{worse.Flaw.WillHappen} {worse.Flaw.Advice} ({worse.Rule.Id})");
    }

    /// <summary>Behind these the program learns of the warning by asking, which is its own affair.</summary>
    public static bool AsksForItself(Launch launch) =>
        launch.BetweenName is "torchrun" or "accelerate" or "deepspeed" || launch.BetweenName?.StartsWith("python -m ", StringComparison.Ordinal) == true;

    private static bool IsForProgram(Finding finding, Launch launch) => finding.Rule == ParentKeepsWarning.Rule && AsksForItself(launch);
}
