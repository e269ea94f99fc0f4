using System.Globalization;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.Lint;

namespace Cairn.Cli.Adoption;

/// <summary>What the job asks Slurm for: the warning, the requeue, a log that is kept.</summary>
internal static class Directives
{
    /// <summary>Makes the changes.</summary>
    /// <param name="draft">The script.</param>
    /// <param name="warning">The warning; null where none is asked for.</param>
    /// <param name="toBatchShell">It is for cairn run in the shell's place; else for the tasks of srun.</param>
    /// <exception cref="NotAdoptedException">A line is not as simple as a change needs it.</exception>
    public static void Set(Draft draft, Warning? warning, bool toBatchShell)
    {
        var signal = warning is null ? null : string.Create(CultureInfo.InvariantCulture, $"{(toBatchShell ? "B:" : "")}{warning.Name}@{warning.Lead!.Value.TotalSeconds:0}");
        if (signal is not null)
            SetValue(draft, "signal", signal);
        else if (draft.Script.Find("signal") is not null)
            Remove(draft, "signal");

        if (draft.Script.Wishes.NoRequeue)
            Rename(draft, "no-requeue", "requeue");
        else if (!draft.Script.Wishes.Requeue)
            Apply(draft, draft.Script.AddDirective("--requeue"), "requeue", null);
        if (!draft.Script.Wishes.AppendsLog)
            SetValue(draft, "open-mode", "append");
    }

    private static void SetValue(Draft draft, string option, string value)
    {
        if (draft.Script.Find(option) is not { } directive)
            Apply(draft, draft.Script.AddDirective($"--{option}={value}"), option, null);
        else if (directive.Value != value)
            Apply(draft, draft.Script.SetValue(directive, value), option, directive);
    }

    private static void Rename(Draft draft, string option, string name)
    {
        var directive = draft.Script.Find(option)!;
        var line = draft.Script.Lines[directive.Line - 1];
        var at = line.IndexOf("--" + option, StringComparison.Ordinal);
        Apply(draft, at < 0 ? [] : [new(directive.Line, line[..at] + "--" + name + line[(at + 2 + option.Length)..])], option, directive);
    }

    private static void Remove(Draft draft, string option)
    {
        while (draft.Script.Find(option) is { } directive)
        {
            var line = draft.Script.Lines[directive.Line - 1];
            var at = line.IndexOf($"--{option}", StringComparison.Ordinal);
            var end = at < 0 || directive.Value is not { } value ? -1 : line.IndexOf(value, at, StringComparison.Ordinal) + value.Length;
            if (at < 0 || directive.ValueLine != directive.Line || end <= at)
                Refuse(option, OldLine(draft, directive));
            var isAlone = draft.Script.Directives.Count(other => other.Line == directive.Line) == 1 && line[..at].Trim() == DirectiveReader.Magic && string.IsNullOrWhiteSpace(line[end..]);
            Apply(draft, isAlone ? [new(directive.Line)] : [new(directive.Line, line[..at].TrimEnd() + line[end..])], option, directive);
        }
    }

    private static void Apply(Draft draft, IReadOnlyList<LineEdit> edits, string option, Directive? directive)
    {
        if (!draft.Apply(edits))
            Refuse(option, directive is null ? null : OldLine(draft, directive));
    }

    private static void Refuse(string option, int? line) =>
        throw new NotAdoptedException(line, $"the --{option} of this script cannot be changed without changing more: write it in a line of its own");

    private static int? OldLine(Draft draft, Directive directive) => draft.Origins[directive.Line - 1] + 1;
}
