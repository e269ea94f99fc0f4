using Cairn.Cli.BatchScripts.Writing;
using Cairn.Cli.Lint;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Adoption;

/// <summary>The warning of an adopted script.</summary>
/// <param name="Name">The signal that comes, and by which the program is warned where nothing else is said.</param>
/// <param name="Lead">How long before the end; null for what <c>cairn run</c> chooses, where the limit is too short for more.</param>
/// <param name="NeedsNoLead">Where the signal comes, cairn run needs no words about it: the usual one, and its own.</param>
/// <param name="PassedOn">The signal that the program waits for; null for the same.</param>
internal sealed record Warning(string Name, TimeSpan? Lead, bool NeedsNoLead, string? PassedOn)
{
    /// <summary>What the script asks for already, else the usual.</summary>
    /// <param name="script">The script.</param>
    /// <param name="passedOn">The signal that its own traps gave to the program; null where none did.</param>
    /// <exception cref="NotAdoptedException">The signal cannot be one for cairn run.</exception>
    public static Warning Of(LintedScript script, int? passedOn)
    {
        var asked = script.Wishes.Warning;
        var usual = script.Wishes.Limit is { } limit ? JobPlanner.LeadFor(limit) : TimeSpan.FromSeconds(120);
        TimeSpan? lead = asked is { Lead.Ticks: > 0 } ? asked.Lead : usual;
        if (asked is null && script.Wishes.Limit is { } short_ && JobPlanner.IsTooLong(usual, short_))
            lead = null;
        var signal = asked?.Signal is SignalName.Usr1 ? SignalName.Usr1 : SignalName.Usr2;
        // A program that waits for another signal than the one that Slurm sends: of those that mean something else already, TERM and INT can warn.
        var program = passedOn ?? asked?.Signal;
        if (program is not (null or SignalName.Usr1 or SignalName.Usr2 or SignalName.Term or SignalName.Int))
            throw new NotAdoptedException(script.Find("signal")?.Line, $"the program is to be warned by {SlurmSignals.Format(program.Value)}, which cairn run does not do: use USR1 or USR2 there");
        return new(SlurmSignals.Format(signal), lead, lead is null || lead == usual || lead == TimeSpan.FromSeconds(60), program is { } other && other != signal ? SlurmSignals.Format(other) : null);
    }
}
