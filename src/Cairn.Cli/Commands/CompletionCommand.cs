using System.CommandLine;
using Cairn.Cli.Completion;
using Cairn.Cli.Help;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn completion</c>.</summary>
internal static class CompletionCommand
{
    private const string Description =
        """
        Prints a script that completes commands, options and their values in a shell.

        Examples:
          source <(cairn completion bash)                                            for this shell
          cairn completion bash > ~/.local/share/bash-completion/completions/cairn   for all later ones
          cairn completion zsh > ~/.zfunc/_cairn                                     a folder in zsh's fpath
          cairn completion fish > ~/.config/fish/completions/cairn.fish

        Exit codes:
          0    printed
          2    the command line is wrong
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.CompletionSources.Add([.. CompletionScripts.Shells]);
        var command = new Command("completion", Description) { shell };
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(shell)!;
            if (!CompletionScripts.Shells.Contains(name))
                throw new UsageException($"{UnknownWord.Sentence("completion for", name, CompletionScripts.Shells)} There is one for bash, zsh and fish.");
            parsed.InvocationConfiguration.Output.Write(CompletionScripts.Text(name));
        });
        return command;
    }
}
