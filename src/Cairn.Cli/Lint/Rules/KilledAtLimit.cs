using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Writing;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A plain job that trains, under a limit.</summary>
internal static partial class KilledAtLimit
{
    public static LintRule Rule { get; } = new("CAIRN080", Level.Note, "at the limit the training is killed, and does not come back", Check);

    private const string Other = "predict|eval|infer|test|sampl|generat|score|valid|export|convert|extract|embed|plot|analy|preprocess";

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.WantsToSave() || script.SubmitsItself() || script.Flow.MayTrapElsewhere || script.Wishes.Limit is not { } limit || script.Flow.Main is not { Command.Place.Loop: false } main
            || script.Wishes.IsChain || script.Find("dependency") is not null || script.Flow.Traps.Any(trap => trap.Signals.Count > 0))
            yield break;
        if (!IsTraining(main))
            yield break;
        yield return new(
            main.Command.Line,
            $"After {Durations.Format(limit)} Slurm kills {main.Name}, and the job does not come back: what it did since its last checkpoint is lost, and somebody has to submit it again.",
            $"See what cairn adopt {Quoting.ForBash(script.Path)} would change: then it is warned in time, saves, and comes back (docs/adopt.md).");
    }

    /// <summary>By its name the program trains.</summary>
    public static bool IsTraining(Launch launch)
    {
        var words = string.Join(' ', launch.Program.Take(6).Select(word => word.Text));
        return Trains().IsMatch(words) && !words.Mentions(Other);
    }

    [GeneratedRegex(@"(^|[ /_.-])(pre|re)?[-_]?train(er|ing)?([-_.][A-Za-z0-9_.-]*)?[.](py|jl|R|m|lua)\b| -m ([A-Za-z0-9_.]*[._])?(pre|re|fine_?)?(train|tune)(er|ing)?( |$)|fine[-_]?tun\w*[.]py|\btorchrun\b|accelerate launch|\bdeepspeed\b|torch[.]distributed", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Trains();
}
