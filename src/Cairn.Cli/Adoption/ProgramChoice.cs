using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.Lint;
using Cairn.Cli.Lint.Rules;

namespace Cairn.Cli.Adoption;

/// <summary>Which program of a script is to run under <c>cairn run</c>, and whether it can.</summary>
internal static class ProgramChoice
{
    // They start the program and are not known to start anything else.
    private static readonly string[] Launchers = ["mpirun", "mpiexec", "orterun", "prun", "apptainer", "singularity", "uv", "pixi"];

    /// <exception cref="NotAdoptedException">There is none, or it is not sure that it can.</exception>
    public static Launch Of(LintedScript script)
    {
        var launch = Choose(script);
        var line = launch.Command.Line;
        if (launch.Command.Place.Function is { } function)
            throw new NotAdoptedException(line, $"{launch.Name} is started in the function {function}: write cairn run there by hand, for the function may be called several times");
        if (launch.Command.Words.Any(word => word.Column == ShellWord.Nowhere))
            throw new NotAdoptedException(line, $"{launch.Name} is started by eval, or in a file that is read in: write cairn run there by hand");
        if (launch.Command.Place.Loop)
            throw new NotAdoptedException(line, $"{launch.Name} runs in a loop: every attempt would begin with its first round again. Make the rounds elements of a job array, each with one program");
        if (launch.Command.Words[0].Text is "command" or "builtin")
            throw new NotAdoptedException(line, $"{launch.Command.Words[0].Text} is a word of the shell, which cairn run cannot start: take it away");
        if (launch.Program is not [var program, ..] || (!program.IsLiteral && !(program.FileName is { } name && KnownPrograms.Contains(name))))
            throw new NotAdoptedException(line, $"what {(launch.Program is [var unknown, ..] ? unknown.Raw : launch.Name)} is, only the run will show: write the program out");
        if (IsShell(program.Text))
            throw new NotAdoptedException(line, $"{program.Text} starts the program as its child, and the warning ends the shell: start the program itself here, or let cairn adopt look at the script that does");
        if (launch.MayStartSteps && !Launchers.Contains(Path.GetFileName(program.Text), StringComparer.Ordinal))
        {
            throw new NotAdoptedException(line, launch.MayBeFunction
                ? $"{program.Text} may be a function of what the script reads in or loads, which cairn run cannot start: write its path"
                : $"{program.Text} starts programs of its own in a way that is not known here: write cairn run by hand, before what trains");
        }

        return launch;
    }

    /// <summary>The program's command as it is written, without what is in its variables.</summary>
    public static ShellCommand Written(LintedScript script, Launch launch) =>
        script.Shell.Commands.FirstOrDefault(command => command.Line == launch.Command.Line && command.Words.Any(word => word.Line == launch.Command.Words[0].Line && word.Column == launch.Command.Words[0].Column))
        ?? throw new NotAdoptedException(launch.Command.Line, $"{launch.Name} is not written as one command there: write cairn run by hand");

    private static Launch Choose(LintedScript script)
    {
        Launch[] lasting = [.. script.Flow.Launches.Where(launch => !ScriptFlow.IsHelper(launch))];
        if (lasting.Length == 0)
            lasting = [.. script.Flow.Launches];
        if (lasting.Length == 0)
            throw new NotAdoptedException(null, "no program was found in it that could run under cairn run");
        if (lasting is [var one])
            return one;
        var training = Array.FindAll(lasting, KilledAtLimit.IsTraining);
        if (training is [{ Command.Place.Background: false } trainer])
            return trainer;
        var front = Array.FindAll(lasting, launch => !launch.Command.Place.Background);
        if (training.Length == 0 && front is [var driver])
            return driver;
        var lines = string.Join(", ", lasting.Select(launch => launch.Command.Line).Distinct());
        throw new NotAdoptedException(
            lasting[0].Command.Line,
            front.Length == 0
                ? $"several programs run side by side (lines {lines}), and the job can only come back as a whole: give each a job of its own, an array for instance"
                : $"it starts several programs (lines {lines}), and each attempt would begin with the first again: give each a script of its own, or write cairn run before that which lasts");
    }

    private static bool IsShell(string word) =>
        Path.GetFileName(word) is "bash" or "sh" or "zsh" or "dash" or "ksh" or "csh" or "tcsh" or [.., '.', 's', 'h'] or [.., '.', 'b', 'a', 's', 'h'];
}
