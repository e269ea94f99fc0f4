using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Launches;

namespace Cairn.Cli.Lint;

/// <summary>Where a script's programs keep their checkpoints, by the names of options and variables.</summary>
internal static partial class CheckpointFolders
{
    /// <summary>The folders, with what the script itself has put into variables, the line of the program, and the name of the option.</summary>
    public static IEnumerable<(int Line, string Name, string Value)> Of(LintedScript script)
    {
        foreach (var command in script.Flow.Commands)
        {
            foreach (var set in command.Assignments.Where(set => set.Name == "CAIRN_CHECKPOINT_DIR"))
                yield return (set.Line, set.Name, Full(script, set.Value));
            if (command.Name == "export")
            {
                foreach (var word in command.Words.Where(word => word.Text.StartsWith("CAIRN_CHECKPOINT_DIR=", StringComparison.Ordinal)))
                    yield return (word.Line, "CAIRN_CHECKPOINT_DIR", Full(script, word.Text["CAIRN_CHECKPOINT_DIR=".Length..]));
            }
        }

        foreach (var launch in script.Flow.Launches)
        {
            foreach (var wrapper in launch.Wrappers.Where(wrapper => wrapper.Folder is not null))
                yield return (launch.Command.Line, "--checkpoint-dir", Full(script, wrapper.Folder!));
            foreach (var (name, value, _) in Options(launch))
                yield return (launch.Command.Line, name, Full(script, value));
        }
    }

    /// <summary>The options of a program that name such a folder: the value, and how the script writes it, null where that is not known.</summary>
    public static IEnumerable<FolderOption> Options(Launch launch)
    {
        for (var i = 1; i < launch.Program.Count; i++)
        {
            var word = launch.Program[i];
            var equals = word.Text.IndexOf('=', StringComparison.Ordinal);
            var next = equals < 0 && i + 1 < launch.Program.Count ? launch.Program[i + 1] : null;
            var (name, value) = equals > 0 ? (word.Text[..equals], word.Text[(equals + 1)..]) : (word.Text, next?.Text ?? "");
            if (Option().IsMatch(name) && value.Length > 0 && !value.StartsWith('-'))
                yield return new(name, value, next is not null ? next.Raw : word.Raw.StartsWith(name + "=", StringComparison.Ordinal) ? word.Raw[(equals + 1)..] : null);
        }
    }

    /// <summary>With $NAME for what the script has put into it, $( ) too.</summary>
    public static string Full(LintedScript script, string text)
    {
        for (var depth = 0; depth < 3 && text.Length < 1000; depth++)
        {
            var next = Reference().Replace(text, match => script.Flow.Variables.TextOf(match.Groups["name"].Value) ?? match.Value);
            if (next == text)
                break;
            text = next;
        }

        return text.Trim('"');
    }

    // An output folder counts too, for there most programs keep them.
    [GeneratedRegex("^--?(checkpoint|ckpt|save|output|out|log|work|exp|experiment|run|default[-_.]root|train(er)?[._]default[-_]root)([-_.]?(dir|directory|path|folder|root))s?$|^(hydra[.]run[.]dir|trainer[.]default_root_dir)$|^--?resume[-_](dir|folder)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Option();

    [GeneratedRegex(@"\$(\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?<name>[A-Za-z_][A-Za-z0-9_]*))", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Reference();
}
