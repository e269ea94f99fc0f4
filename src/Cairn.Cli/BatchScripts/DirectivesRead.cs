namespace Cairn.Cli.BatchScripts;

/// <summary>What the #SBATCH lines of a script hold.</summary>
/// <param name="Directives">The options that sbatch knows, in their order.</param>
/// <param name="Refused">Why sbatch refuses the script.</param>
/// <param name="Unknown">Long options that sbatch itself does not know; a plugin of the site may.</param>
internal sealed record DirectivesRead(List<Directive> Directives, List<BatchScriptException> Refused, List<(int Line, string Name)> Unknown);

/// <summary>A word of a #SBATCH line.</summary>
internal readonly record struct DirectiveWord(int Line, string Text);
