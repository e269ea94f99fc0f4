using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>--signal=KILL.</summary>
internal static class SignalCannotBeCaught
{
    public static LintRule Rule { get; } = new("CAIRN029", Level.Warning, "the warning cannot be caught", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is { Signal: SignalName.Kill or SignalName.Stop } warning && script.Find("signal") is { } directive)
            yield return new(directive.Line, $"No program can react to {SlurmSignals.Format(warning.Signal)}: it ends {warning.Lead.TotalSeconds:0} s earlier than the limit would end it.", "Use USR2.");
    }
}
