using System.Globalization;
using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A program in the background, and nobody waits for it.</summary>
internal static class EndsBeforeProgram
{
    public static LintRule Rule { get; } = new("CAIRN023", Level.Error, "the job ends before its program", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Flow.Main is not { Command: { Place.Background: true } command } main || script.Flow.MayTrapElsewhere || IsServerOf(script, command)
            || script.Flow.Commands.Any(Waits) || main.MayStartSteps || script.Flow.After(command).Any(Lasts))
            yield break;
        yield return new(
            command.Line,
            $"{main.Name} runs in the background, and nothing waits for it: the script ends at once, the job with it, and the program is killed.",
            "Write wait as the last line, or take the & away.",
            command.Place.Loop || command.Place.Function is not null ? [] : [AddWait(script)]);
    }

    // What runs in the foreground behind it is what the job is for, whatever its name, unless that is of what comes at the end.
    private static bool IsServerOf(LintedScript script, ShellCommand command) =>
        script.Flow.After(command).Any(after => script.Flow.Launches.Any(launch => ReferenceEquals(launch.Command, after) && !after.Place.Background && !Preparations.IsAfterwork(launch.Program)));

    /// <summary>The script goes on only when something has ended.</summary>
    public static bool Waits(ShellCommand command) =>
        command.Name is "wait" or "fg" || (command.Name is "sleep" or "tail" && (command.Place.Loop || command.Arguments.Any(word => word.StartsWith("--pid", StringComparison.Ordinal) || word == "infinity")));

    // Some utilities last as long as they are told to, and some do what the job is for while a server runs in the background.
    private static bool Lasts(ShellCommand command) => !command.Place.Background && command.Name switch
    {
        "sleep" => command.Arguments.FirstOrDefault() is not { } time || !double.TryParse(time, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || seconds >= 60,
        "nvidia-smi" => command.Arguments.Any(word => word.StartsWith("-l", StringComparison.Ordinal) || word.StartsWith("--loop", StringComparison.Ordinal) || word is "dmon" or "pmon"),
        "tail" => command.Arguments.Any(word => word is "-f" or "-F" or "--follow"),
        "watch" or "vmstat" or "iostat" or "sar" or "pidstat" or "top" or "htop" or "inotifywait" or "dcgmi" or "read" or "ssh" or "pdsh" or "clush"
            or "curl" or "wget" or "rsync" or "scp" or "tar" or "kill" or "pkill" or "killall" or "rclone" or "aws" or "gsutil" => true,
        _ => false,
    };

    private static LineEdit AddWait(LintedScript script)
    {
        var last = script.Lines.Count;
        while (string.IsNullOrWhiteSpace(script.Lines[last - 1]))
            last--;
        return new(last, script.Lines[last - 1], "wait");
    }
}
