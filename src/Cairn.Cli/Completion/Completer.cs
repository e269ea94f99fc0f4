using System.CommandLine;
using System.CommandLine.Completions;
using Cairn.Cli.Help;

namespace Cairn.Cli.Completion;

/// <summary>Answers the scripts of <c>cairn completion</c>: which words can stand here?</summary>
internal static class Completer
{
    /// <summary>The first argument that makes the program answer; the words up to the cursor follow, the last one being the unfinished one.</summary>
    public const string Verb = "__complete";

    /// <summary>A line a word: the word, a tab, and what it means. No line where a file or anything else goes.</summary>
    public static int Run(Command root, IReadOnlyList<string> words, TextWriter output)
    {
        foreach (var (word, meaning) in Complete(root, words))
            output.WriteLine($"{word}\t{meaning}");
        return 0;
    }

    public static IReadOnlyList<(string Word, string Meaning)> Complete(Command root, IReadOnlyList<string> words)
    {
        // bash makes three words of --format=json.
        string[] before = [.. words.SkipLast(1).Where(word => word != "=")];
        var unfinished = words.Count == 0 || words[^1] == "=" ? "" : words[^1];
        // Behind it the words are another program's.
        if (before.Contains("--"))
            return [];

        var command = before.Aggregate(root, (current, word) => Subcommand(current, word) ?? current);
        // zsh and fish leave it one.
        var parts = unfinished.Split('=', 2);
        if (parts is [['-', '-', ..], _])
            return [.. Starting(parts[1], Values(command, parts[0])).Select(value => ($"{parts[0]}={value.Word}", value.Meaning))];
        if (before.Length > 0 && Option(command, before[^1]) is { Arity.MinimumNumberOfValues: > 0 } option)
            return [.. Starting(unfinished, Values(command, option.Name))];
        if (unfinished.StartsWith('-'))
            return [.. Starting(unfinished, Visible(command.Options).SelectMany(Names).Append(("--help", "what the command does")).Distinct())];
        return [.. Starting(unfinished, Visible(command.Subcommands).Select(known => (known.Name, FirstLine.Of(known.Description ?? ""))).Concat(command.Arguments.SelectMany(Items)))];
    }

    private static Command? Subcommand(Command command, string word) => command.Subcommands.FirstOrDefault(known => known.Name == word);

    private static Option? Option(Command command, string word) =>
        command.Options.FirstOrDefault(option => option.Name == word || option.Aliases.Contains(word));

    private static IEnumerable<(string Word, string Meaning)> Names(Option option) => option.Aliases.Where(alias => alias.StartsWith("--", StringComparison.Ordinal)).Prepend(option.Name).Select(name => (name, FirstLine.Of(option.Description ?? "")));

    private static IEnumerable<(string Word, string Meaning)> Values(Command command, string name)
    {
        if (Option(command, name) is not { } option)
            return [];
        // The help names them: table|json|sarif.
        var named = option.HelpName?.Split('|') ?? [];
        return named.Length > 1 && Array.TrueForAll(named, value => value.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'))
            ? named.Select(value => (value, ""))
            : Items(option);
    }

    private static IEnumerable<(string Word, string Meaning)> Items(Symbol symbol) =>
        symbol.GetCompletions(CompletionContext.Empty).Select(item => (item.Label, item.Detail ?? ""));

    private static IEnumerable<T> Visible<T>(IEnumerable<T> symbols)
        where T : Symbol => symbols.Where(symbol => !symbol.Hidden);

    private static IEnumerable<(string Word, string Meaning)> Starting(string start, IEnumerable<(string Word, string Meaning)> candidates) =>
        candidates.Where(candidate => candidate.Word.StartsWith(start, StringComparison.Ordinal));
}
