using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>Checkpoints on a disk of the node.</summary>
internal static partial class NodeLocalCheckpoints
{
    public static LintRule Rule { get; } = new("CAIRN050", Level.Warning, "checkpoints lie on the node's own disk", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsToSave() || script.Flow.Commands.Concat(script.Flow.Traps.SelectMany(trap => trap.Actions)).Any(CopiesAway))
            yield break;
        foreach (var command in script.Flow.Commands)
        {
            foreach (var (line, name, value) in Named(command))
            {
                if (Checkpoint().IsMatch(name) && Local().IsMatch(value.Trim('"')))
                    yield return new(line, $"{name} is '{value}', on the node's own disk: the next attempt, on another node or after the node was cleaned, does not find the checkpoints.", "Put them on a file system that all nodes share.");
            }
        }
    }

    // NAME=VALUE, --name=VALUE and --name VALUE.
    private static IEnumerable<(int Line, string Name, string Value)> Named(ShellCommand command)
    {
        foreach (var set in command.Assignments)
            yield return (set.Line, set.Name, set.Value);
        for (var i = 1; i < command.Words.Count; i++)
        {
            var text = command.Words[i].Text;
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                yield return (command.Words[i].Line, text[..equals], text[(equals + 1)..]);
            else if (text.StartsWith('-') && i + 1 < command.Words.Count)
                yield return (command.Words[i].Line, text, command.Words[i + 1].Text);
        }
    }

    private static bool CopiesAway(ShellCommand command) => command.Name is "cp" or "rsync" or "mv" or "tar" or "scp" or "sgather" or "rclone" or "aws" or "gsutil" or "azcopy" or "ln";

    [GeneratedRegex("checkpoint|ckpt|snapshot|resume|save[-_]?(dir|path|folder)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Checkpoint();

    [GeneratedRegex(@"^(/tmp|/var/tmp|/dev/shm|/local|/localscratch|/scratch/local|/lscratch|/node_scratch|\$\{?(TMPDIR|SLURM_TMPDIR|LOCAL_SCRATCH|LOCALSCRATCH|JOBFS|TMP)\}?)(/|$)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Local();
}
