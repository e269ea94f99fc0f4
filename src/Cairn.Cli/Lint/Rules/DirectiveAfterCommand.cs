using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary>#SBATCH below the first command.</summary>
internal static class DirectiveAfterCommand
{
    public static LintRule Rule { get; } = new("CAIRN003", Level.Warning, "directive below the first command", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        // Of a template nobody knows yet which command will be the first.
        for (var index = script.FirstCommand + 1; index < script.Lines.Count && !script.IsTemplate; index++)
        {
            var line = script.Lines[index];
            // #SBATCH NOTE: is no directive, wherever it stands.
            if (!line.StartsWith(DirectiveReader.Magic + " ", StringComparison.Ordinal) || line.AsSpan(DirectiveReader.Magic.Length).TrimStart() is not ['-', ..] || IsInOtherText(script, index))
                continue;
            // People keep another script below the one that counts.
            var isOfAnother = Enumerable.Range(script.FirstCommand, index - script.FirstCommand).Any(above => script.Lines[above].StartsWith("#!/", StringComparison.Ordinal));
            yield return new(
                index + 1,
                $"sbatch stops reading at the first command, line {script.FirstCommand + 1}: it never sees this directive, and says nothing.",
                isOfAnother ? "If it belongs to the script that begins above it, give that one a file of its own; else move it above the first command." : "Move it above the first command.",
                isOfAnother ? [] : Move(script, index))
            {
                Level = isOfAnother ? Level.Note : null,
            };
        }
    }

    // Where a script writes another one, its directives stand in quotes or a here-document.
    private static bool IsInOtherText(LintedScript script, int index) =>
        script.IsUnderstood
            ? !script.Shell.Comments.Contains(index + 1)
            : script.Lines.Take(index).Skip(script.FirstCommand).Any(line => line.AsSpan().ContainsAny("\"'`") || line.Contains("<<", StringComparison.Ordinal));

    private static IReadOnlyList<LineEdit> Move(LintedScript script, int index)
    {
        try
        {
            var moved = DirectiveReader.ReadLine(script.Path, index + 1, script.Lines[index]);
            // Behind another of its kind it would win, and in a heterogeneous job stand in one component or another: nobody may have meant that.
            var isClear = script.IsUnderstood && script.Components.Count == 1 && moved.TrueForAll(directive => !directive.BeginsComponent && script.Find(directive.Option.Name) is null
                && !(directive.Value is { } value && (SbatchValues.Problem(directive.Option.Name, value) is not null || value.Contains('$', StringComparison.Ordinal) || Placeholders.IsOne(directive))));
            return isClear && IsOnly(script) ? [new(script.FirstCommand + 1, script.Lines[index], script.Lines[script.FirstCommand]), new(index + 1)] : [];
        }
        catch (BatchScriptException)
        {
            return [];
        }
    }

    // Where an option stands below the commands twice, the script lists what there is, and nobody knows which one is meant.
    private static bool IsOnly(LintedScript script)
    {
        var seen = new HashSet<SbatchOption>();
        for (var index = script.FirstCommand + 1; index < script.Lines.Count; index++)
        {
            if (!script.Lines[index].StartsWith(DirectiveReader.Magic + " ", StringComparison.Ordinal) || IsInOtherText(script, index))
                continue;
            try
            {
                if (!DirectiveReader.ReadLine(script.Path, index + 1, script.Lines[index]).TrueForAll(directive => seen.Add(directive.Option)))
                    return false;
            }
            catch (BatchScriptException)
            {
                continue;
            }
        }

        return true;
    }
}
