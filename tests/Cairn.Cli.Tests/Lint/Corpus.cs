using Cairn.Cli.Lint;
using Cairn.Cli.Lint.Reports;

namespace Cairn.Cli.Tests.Lint;

/// <summary>
/// The scripts in Corpus/: sound ones, and unsound ones with their findings beside them, as NAME.expected ("LINE RULE" a line, and the level where it weighs less than the rule does)
/// and, where something can be mended, the mended script as NAME.fixed.
/// </summary>
internal static class Corpus
{
    /// <summary>A small cluster that is set up as Slurm is by default, and a machine on which only folders called "missing" do not exist.</summary>
    public static Surroundings Around { get; } = new()
    {
        IsMissing = folder => folder.StartsWith("missing", StringComparison.Ordinal),
        ProgramText = file => File.Exists(At(file)) ? File.ReadAllText(At(file)) : null,
        Partitions = [new("short", IsDefault: true, TimeSpan.FromDays(1)), new("long", IsDefault: false, TimeSpan.FromDays(7)), new("gpu", IsDefault: false, null)],
        Steps = new(EndsAtBadExit: false, MpiType: "none", Wait: TimeSpan.Zero),
    };

    public static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Lint", "Corpus", name);

    public static IEnumerable<string> Names(string folder) =>
        Directory.EnumerateFiles(At(folder), "*.sh").Select(path => $"{folder}/{Path.GetFileName(path)}").Order(StringComparer.Ordinal);

    public static LintedScript Read(string name) => Parse(name, File.ReadAllText(At(name)));

    public static LintedScript Parse(string name, string text) => LintedScript.Parse(name, text, Around);

    public static string[] Findings(LintedScript script) => [.. Linter.Check(script).Select(finding => $"{finding.Flaw.Line} {finding.Rule.Id}{(finding.Level == finding.Rule.Level ? "" : " " + LintTable.Name(finding.Level))}")];
}
