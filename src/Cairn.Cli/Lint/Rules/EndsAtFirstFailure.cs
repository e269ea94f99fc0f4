using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>set -e, and a look at the exit code afterwards.</summary>
internal static class EndsAtFirstFailure
{
    public static LintRule Rule { get; } = new("CAIRN048", Level.Warning, "set -e ends the script before the requeue", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Flow.Main is not { ReplacesShell: false, Command: { Place: { Guarded: false, Conditional: false, Piped: false, Background: false } } command } main || !script.IsOn('e', command))
            yield break;
        var after = script.Flow.After(command).ToArray();
        var code = after.FirstOrDefault(ReadsCode);
        if (code is null || after.FirstOrDefault(later => later.IsRequeue() || later.Name == "sbatch") is not { } requeue || Array.IndexOf(after, code) > Array.IndexOf(after, requeue))
            yield break;
        yield return new(
            command.Line,
            $"Under set -e the script ends where {main.Name} ends with another code than 0, as 75 for \"requeue me\": the requeue in line {requeue.Line} is never reached.",
            "Keep the code without failing: code=0; PROGRAM || code=$?.");
    }

    private static bool ReadsCode(ShellCommand command) =>
        command.Assignments.Any(set => set.Value is "$?" or "${?}") || command.Arguments.Any(word => word is "$?");
}
