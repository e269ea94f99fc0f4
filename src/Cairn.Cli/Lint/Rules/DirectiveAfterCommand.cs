using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary>#SBATCH below the first command.</summary>
internal static class DirectiveAfterCommand
{
    public static LintRule Rule { get; } = new("CAIRN003", Level.Warning, "directive below the first command", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        for (var index = script.FirstCommand + 1; index < script.Lines.Count; index++)
        {
            var line = script.Lines[index];
            if (!line.StartsWith(DirectiveReader.Magic + " ", StringComparison.Ordinal) || IsInOtherText(script, index))
                continue;
            yield return new(
                index + 1,
                $"sbatch stops reading at the first command, line {script.FirstCommand + 1}: it never sees this directive, and says nothing.",
                "Move it above the first command.",
                Move(script, index));
        }
    }

    // Where a script writes another one, its directives stand in a here-document.
    private static bool IsInOtherText(LintedScript script, int index) =>
        script.Lines.Take(index).Skip(script.FirstCommand).Any(line => line.Contains("<<", StringComparison.Ordinal));

    private static IReadOnlyList<LineEdit> Move(LintedScript script, int index)
    {
        try
        {
            var moved = DirectiveReader.ReadLine(script.Path, index + 1, script.Lines[index]);
            // Behind another of its kind it would win, and in a heterogeneous job stand in one component or another: nobody may have meant that.
            return script.Components.Count > 1 || moved.Exists(directive => directive.BeginsComponent || script.Find(directive.Option.Name) is not null)
                ? []
                : [new(script.FirstCommand + 1, script.Lines[index], script.Lines[script.FirstCommand]), new(index + 1)];
        }
        catch (BatchScriptException)
        {
            return [];
        }
    }
}
