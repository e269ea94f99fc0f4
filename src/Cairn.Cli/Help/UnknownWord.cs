using System.CommandLine;

namespace Cairn.Cli.Help;

/// <summary>Says that there is no such command or option, and which may have been meant.</summary>
internal static class UnknownWord
{
    public static string Command(Command parent, string word) =>
        Sentence("command", word, parent.Subcommands.Where(command => !command.Hidden).Select(command => command.Name));

    public static string Option(Command command, string word)
    {
        // --fromat=json
        var name = word.Split('=', 2)[0];
        return Sentence("option", name, command.Options.Where(option => !option.Hidden).Select(option => option.Name).Append("--help"));
    }

    public static string Sentence(string kind, string word, IEnumerable<string> known) =>
        $"There is no {kind} {word}.{(Spelling.Nearest(word, known) is { } nearest ? $" Did you mean {nearest}?" : "")}";
}
