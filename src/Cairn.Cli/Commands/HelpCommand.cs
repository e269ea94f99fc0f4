using System.CommandLine;
using Cairn.Cli.Help;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn help</c>.</summary>
internal static class HelpCommand
{
    private const string Description =
        """
        Tells about a command or a topic; alone it lists them.

        Examples:
          cairn help
          cairn help exit-codes
          cairn help lint         the same as cairn lint --help

        Exit codes:
          0    shown
          2    there is no such command or topic
        """;

    public static Command Create(Command root)
    {
        var word = new Argument<string?>("COMMAND | TOPIC") { Arity = ArgumentArity.ZeroOrOne, Description = "what to tell about" };
        word.CompletionSources.Add(_ => Known(root).Select(name => new System.CommandLine.Completions.CompletionItem(name)));
        var command = new Command("help", Description) { word };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(word) is not { } name)
                Overview.Write(root, output);
            else if (HelpTopics.Names.Contains(name))
                output.Write(HelpTopics.Text(name));
            else if (root.Subcommands.Any(known => known.Name == name))
                return root.Parse([name, "--help"]).Invoke(parsed.InvocationConfiguration);
            else
                throw new UsageException($"{UnknownWord.Sentence("command or topic", name, Known(root))} `cairn help` lists them.");
            return 0;
        });
        return command;
    }

    private static IEnumerable<string> Known(Command root) =>
        root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name).Concat(HelpTopics.Names);
}
