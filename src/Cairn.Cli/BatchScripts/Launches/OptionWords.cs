using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>Looks for an option among the words before a program.</summary>
internal static class OptionWords
{
    /// <summary>The value of the first of the names that is there: --name=VALUE, --name VALUE, -n VALUE, -nVALUE.</summary>
    public static string? ValueOf(this IReadOnlyList<ShellWord> options, params ReadOnlySpan<string> names)
    {
        for (var i = 0; i < options.Count; i++)
        {
            foreach (var name in names)
            {
                var isLong = name.StartsWith("--", StringComparison.Ordinal);
                if (options[i].Text == name)
                    return i + 1 < options.Count ? options[i + 1].Text : "";
                if (options[i].Text.StartsWith(isLong ? name + "=" : name, StringComparison.Ordinal))
                    return options[i].Text[(isLong ? name.Length + 1 : name.Length)..];
            }
        }

        return null;
    }
}
