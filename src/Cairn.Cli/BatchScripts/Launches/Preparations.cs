using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>Programs that by their name only prepare or tell something, before another one that lasts: pip, a download, a check.</summary>
internal static partial class Preparations
{
    public static bool Contains(IReadOnlyList<ShellWord> program)
    {
        var words = program.Select(word => word.Text).ToArray();
        if (words is [_, "--version" or "-V" or "--help" or "-c" or "-e", ..])
            return true;
        return Names(words).Any(Name().IsMatch);
    }

    /// <summary>Programs that by their name come behind the one that lasts: plots, summaries, mails.</summary>
    public static bool IsAfterwork(IReadOnlyList<ShellWord> program) => Names([.. program.Select(word => word.Text)]).Any(AfterworkName().IsMatch);

    // The program and what it is to run: python -m pip, python -u prepare.py.
    private static IEnumerable<string> Names(string[] words) =>
        words.Take(1).Concat(words.Skip(1).Where(word => !word.StartsWith('-')).Take(1)).Select(word => Path.GetFileName(word));

    [GeneratedRegex("^(plot|draw|summar|report|notify|mail|send_?mail|post-?_?(process|proc)|merge|collect|gather|aggregate|archive|tensorboard|monitor|watch)|(^|[-_.])(job[-_.]?)?(stats?|usage|report|summary)([-_.]|$)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AfterworkName();

    [GeneratedRegex("^(pre-?_?(pare|process|fetch|load|check)|get[-_]|pip|venv|virtualenv|set-?_?up|install|init|fetch|down_?load|un_?(pack|zip)|extract|copy|sync|convert|build|compile|cmake|ninja|gcc|nvidia|check|test|print|show|info|config|clean|log_?in|wandb)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Name();
}
