using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>rm of the checkpoints before the program.</summary>
internal static partial class CheckpointsDeleted
{
    public static LintRule Rule { get; } = new("CAIRN045", Level.Warning, "every attempt deletes the checkpoints", Check);

    private const string Advice = "Delete only in the first attempt: [[ -n ${SLURM_RESTART_COUNT-} ]] || rm ...";

    private const string Checkpoints = "checkpoint|ckpt|snapshot";

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsToSave() || script.Flow.Main is not { } main)
            yield break;
        var folders = CheckpointFolders.Of(script).Select(folder => folder.Value.TrimEnd('/')).Where(folder => folder.Length > 0).ToHashSet(StringComparer.Ordinal);
        foreach (var flaw in InTraps(script, folders))
            yield return flaw;
        foreach (var command in script.Flow.Before(main.Command))
        {
            if (Happens(script, command) && ByFind(script, command, folders) is { } searched)
                yield return new(command.Line, Words(searched), Advice);
            if (command.Name == "rm" && Happens(script, command) && command.Arguments.FirstOrDefault(word => word is not ['-', ..] && IsCheckpoint(script, command, word, folders)) is { } path)
                yield return new(command.Line, Words(path), Advice);
        }
    }

    private static string Words(string path) => $"A requeued job runs its script from the first line: this deletes '{path}', which the attempt before has saved.";

    // find FOLDER -name '*.pt' -delete; with an age or another name it may be others that it looks for.
    private static string? ByFind(LintedScript script, ShellCommand command, HashSet<string> folders)
    {
        string[] words = [.. command.Arguments];
        if (command.Name != "find" || words is not [[not '-', ..] folder, ..] || !(words.Contains("-delete", StringComparer.Ordinal) || (words.Contains("-exec", StringComparer.Ordinal) && words.Contains("rm", StringComparer.Ordinal)))
            || words.Any(word => word is "-mtime" or "-mmin" or "-atime" or "-ctime" or "-newer" or "-empty" or "-size" or "-not" or "!"))
            return null;
        var path = CheckpointFolders.Full(script, folder).TrimEnd('/');
        var name = Array.IndexOf(words, "-name") is var at and >= 0 && at + 1 < words.Length ? words[at + 1] : "*";
        return (folders.Contains(path) || path.Mentions(Checkpoints)) && (name == "*" || StateFile().IsMatch(name)) && !OtherFile().IsMatch(path) ? path : null;
    }

    // For a requeue Slurm sends TERM, and bash runs the trap of EXIT at every end.
    private static IEnumerable<Flaw> InTraps(LintedScript script, HashSet<string> folders)
    {
        foreach (var trap in script.Flow.Traps.Where(trap => trap.OnExit || trap.Signals.Contains(SignalName.Term)))
        {
            foreach (var command in trap.Actions)
            {
                if (command.Name == "rm" && !command.Place.Conditional && command.Arguments.FirstOrDefault(word => word is not ['-', ..] && IsCheckpoint(script, command, word, folders)) is { } path)
                    yield return new(trap.Line, $"When the job is requeued bash is ended, too, and runs this trap: it deletes '{path}', which the attempt has just saved.", "Take the rm out of the trap, and delete when the work is done: behind the program, if it exited 0.");
            }
        }
    }

    private static bool IsCheckpoint(LintedScript script, ShellCommand command, string word, HashSet<string> folders)
    {
        var path = CheckpointFolders.Full(script, word).TrimEnd('/');
        var recursive = command.Arguments.Any(option => option is ['-', not '-', ..] && option.AsSpan().ContainsAny("rR") || option == "--recursive");
        var all = path.EndsWith("/*", StringComparison.Ordinal) ? path[..^2] : path;
        if (folders.Contains(all) && (recursive || all != path))
            return true;
        var slash = path.LastIndexOf('/');
        var (folder, name) = (slash > 0 ? path[..slash] : "", path[(slash + 1)..]);
        // Lock files, logs and the like beside the checkpoints are none.
        if (OtherFile().IsMatch(name))
            return false;
        return name.Mentions(Checkpoints) || (folder.Mentions(Checkpoints) && (name == "*" || recursive || StateFile().IsMatch(name)));
    }

    // Behind a test whether it is there it happens in exactly the attempts that have something to lose.
    private static bool Happens(LintedScript script, ShellCommand command) =>
        !command.Place.Conditional
        || (ScriptFlow.ConditionsOf(script.Flow.Commands, command) is { Count: > 0 } conditions && conditions.All(condition => condition.Name is "[" or "[[" or "test"
            && condition.Arguments.FirstOrDefault(word => word.StartsWith('-')) is "-d" or "-e" or "-f" or "-s" && !condition.Arguments.Any(word => word.Contains("RESTART_COUNT", StringComparison.Ordinal) || word is "!" or "||" or "-a" or "-o")));

    [GeneratedRegex(@"[.](lock|tmp|temp|log|out|err|txt|pid|part|partial|json|ya?ml|csv|md|png|pdf|sh)\*?$|tmp|temp|lock|cache|old|bak", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex OtherFile();

    [GeneratedRegex(@"[.](pth?|ckpt|bin|safetensors|h5|hdf5|pkl|npz?|tar|cpt|rst|restart)\*?$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex StateFile();
}
