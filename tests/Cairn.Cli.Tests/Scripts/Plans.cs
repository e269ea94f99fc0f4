using Cairn.Cli.BatchScripts.Writing;
using Cairn.Cli.Lint;

namespace Cairn.Cli.Tests.Scripts;

internal static class Plans
{
    /// <summary>A script of settings (NAME=VALUE; of a setting that may be said several times each counts) and a program.</summary>
    public static string Script(IEnumerable<string> settings, params string[] program)
    {
        var values = new JobValues { Program = program };
        foreach (var group in settings.Select(one => one.Split('=', 2)).GroupBy(pair => pair[0], StringComparer.Ordinal))
            values.Set(group.Key, group.Select(pair => new Given(pair[1], "--" + pair[0])));
        return ScriptWriter.Write(JobPlanner.Plan(values));
    }

    public static string Findings(string script) => string.Join('\n', Linter.Check(LintedScript.Parse("job.sh", script, Surroundings.Unknown))
        .Select(finding => $"{finding.Flaw.Line}: {finding.Rule.Id} {finding.Flaw.WillHappen}"));
}
