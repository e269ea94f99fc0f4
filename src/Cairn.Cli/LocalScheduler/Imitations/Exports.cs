using System.Collections;
using Cairn.Cli.LocalScheduler.Processes;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary><c>srun --export</c>: which variables of srun its tasks get, and which besides.</summary>
internal static class Exports
{
    /// <summary>What the tasks' variables have otherwise than those of srun; null for one that is missing.</summary>
    /// <param name="export">ALL, NONE, names, and NAME=VALUE, parted by commas; null for ALL.</param>
    public static Dictionary<string, string?> Changes(string? export)
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        var words = (export ?? "ALL").Split(',', StringSplitOptions.RemoveEmptyEntries);
        var all = Array.Exists(words, word => word.Equals("ALL", StringComparison.OrdinalIgnoreCase));
        if (!all)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                // The mark of the job stays: strays are known by it.
                if ((string)variable.Key is var name && name != JobFolder.SocketVariable && !name.StartsWith("SLURM_", StringComparison.Ordinal) && Array.IndexOf(words, name) < 0)
                    changes[name] = null;
            }
        }

        foreach (var word in words)
        {
            // Seen on 22.05: with ALL a variable that is there keeps its value.
            if (word.IndexOf('=', StringComparison.Ordinal) is var at and > 0 && (!all || Environment.GetEnvironmentVariable(word[..at]) is null))
                changes[word[..at]] = word[(at + 1)..];
        }

        return changes;
    }
}
