using System.Text.RegularExpressions;

namespace Cairn.Cli.Lint.Rules;

/// <summary>rm -r of the checkpoints before the program.</summary>
internal static partial class CheckpointsDeleted
{
    public static LintRule Rule { get; } = new("CAIRN045", Level.Warning, "every attempt deletes the checkpoints", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsToSave() || script.Flow.Main is not { } main)
            yield break;
        foreach (var command in script.Flow.Commands.TakeWhile(command => !ReferenceEquals(command, main.Command)))
        {
            if (command.Name == "rm" && !command.Place.Conditional && command.Arguments.FirstOrDefault(word => word is not ['-', ..] && Checkpoints().IsMatch(word)) is { } path)
                yield return new(command.Line, $"A requeued job runs its script from the first line: this deletes '{path}', which the attempt before has saved.", "Delete only in the first attempt: [[ -n $SLURM_RESTART_COUNT ]] || rm ...");
        }
    }

    [GeneratedRegex("checkpoint|ckpt|snapshot", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Checkpoints();
}
