using System.Globalization;

namespace Cairn.Cli.BatchScripts;

/// <summary>The values of a script's directives by name, the last one of a name counting, as for sbatch.</summary>
internal sealed class DirectiveValues
{
    private readonly Dictionary<string, Directive> last = new(StringComparer.Ordinal);
    private readonly BatchScript? script;

    /// <summary>Takes the directives of a script; none without one.</summary>
    /// <param name="script">The script.</param>
    /// <param name="understood">The options that count here.</param>
    /// <exception cref="BatchScriptException">The script asks for what one machine cannot do.</exception>
    public DirectiveValues(BatchScript? script, IReadOnlyCollection<string> understood)
    {
        this.script = script;
        foreach (var directive in script?.Directives ?? [])
        {
            if (directive.Option.Name == "array")
                throw new BatchScriptException(script!.Path, directive.Line, "job arrays are not imitated; take the line out, and set SLURM_ARRAY_TASK_ID by hand to rehearse one element");
            last[directive.Option.Name] = directive;
        }

        PassedOver = [.. last.Keys.Where(name => !understood.Contains(name))];
    }

    /// <summary>Options of the script that change nothing on one machine.</summary>
    public IReadOnlyList<string> PassedOver { get; }

    public string? this[string name] => last.TryGetValue(name, out var directive) ? directive.Value : null;

    public bool Has(string name) => last.ContainsKey(name);

    /// <exception cref="BatchScriptException">The value is no number.</exception>
    public int? Number(string name)
    {
        if (this[name] is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new BatchScriptException(script!.Path, last[name].Line, $"--{name} '{text}' is no number");
    }
}
