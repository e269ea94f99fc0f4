using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>What the batch shell does when a signal comes.</summary>
/// <param name="Line">Where it is set.</param>
/// <param name="Signals">For which, by number; EXIT and the shell's other own conditions are left out.</param>
/// <param name="Ignores">The action is empty: the signal is ignored, by what is started from then on too.</param>
/// <param name="Actions">The commands of the action, those of the functions that it calls included.</param>
internal sealed record Trap(int Line, IReadOnlyList<int> Signals, bool Ignores, IReadOnlyList<ShellCommand> Actions)
{
    /// <summary>It runs at the script's end too, whatever ends it.</summary>
    public bool OnExit { get; init; }

    /// <returns>Null for what sets no trap, as trap - USR1 and trap -p.</returns>
    public static Trap? Read(ShellCommand command, Func<IReadOnlyList<ShellCommand>, IReadOnlyList<ShellCommand>> withFunctions)
    {
        var words = command.Words.Skip(1).ToArray();
        if (words is [{ Text: "--" }, ..])
            words = words[1..];
        if (words.Length < 2 || words[0].Text is "-" or "-p" or "-l")
            return null;
        int[] signals = [.. words[1..].Select(word => SlurmSignals.TryParse(word.Text, out var number) ? number : 0).Where(number => number > 0)];
        var onExit = words[1..].Any(word => word.Text is "EXIT" or "exit" or "0");
        if (signals.Length == 0 && !onExit)
            return null;
        return new(command.Line, signals, words[0] is { IsLiteral: true, Text: "" }, withFunctions([.. ShellScript.Parse(words[0].Text).Commands.Select(Here)])) { OnExit = onExit };

        // The action's text counts its lines from 1.
        ShellCommand Here(ShellCommand action) => action with { Line = command.Line + action.Line - 1 };
    }
}
