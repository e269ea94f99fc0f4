namespace Cairn.Cli.BatchScripts;

/// <summary>One option of a #SBATCH line.</summary>
/// <param name="Line">The line in the script, from 1.</param>
/// <param name="Option">Which option of sbatch it is.</param>
/// <param name="Value">Its value; null where the option has none.</param>
internal sealed record Directive(int Line, SbatchOption Option, string? Value)
{
    /// <summary>The line that the value stands in: the next directive's, where the option's own line ends without one.</summary>
    public int ValueLine { get; init; } = Line;

    /// <summary>Behind it the next component of a heterogeneous job begins.</summary>
    public bool BeginsComponent => Option == SbatchOption.NextComponent;
}
