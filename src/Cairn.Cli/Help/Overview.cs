using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Cairn.Cli.Help;

/// <summary>
/// What <c>cairn --help</c> and <c>cairn help</c> print: the commands and topics, a line each. A command's own <c>--help</c>
/// is the parser's.
/// </summary>
internal sealed class Overview(Command root) : SynchronousCommandLineAction
{
    /// <summary>Help is given whatever is missing.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command != root)
            return new HelpAction().Invoke(parseResult);
        Write(root, parseResult.InvocationConfiguration.Output);
        return 0;
    }

    public static void Write(Command root, TextWriter output)
    {
        var commands = root.Subcommands.Where(command => !command.Hidden).Select(command => (command.Name, FirstLine.Of(command.Description ?? ""))).ToArray();
        var topics = HelpTopics.Names.Select(name => (Name: name, HelpTopics.Title(name))).ToArray();
        var width = commands.Concat(topics).Max(line => line.Name.Length) + 2;

        output.WriteLine($"{root.Description}\n\nUsage: cairn COMMAND [options]; cairn COMMAND --help tells all of a command.\n\nCommands:");
        WriteLines(commands);
        output.WriteLine("\nTopics (cairn help TOPIC):");
        WriteLines(topics);
        output.WriteLine("\nOptions:");
        WriteLines([("-h, --help", "this, or the help of a command"), ("--version", "the version")]);

        void WriteLines((string Name, string Text)[] lines)
        {
            foreach (var (name, text) in lines)
                output.WriteLine($"  {name.PadRight(width)}{text}");
        }
    }
}
