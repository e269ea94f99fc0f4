using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>What stands between Slurm and the program, and keeps a signal from it.</summary>
internal enum Between
{
    Nothing,

    /// <summary>The program is a child of it, and hears only what it passes on; it has no handler for a warning, so that it dies of one.</summary>
    Parent,

    /// <summary>It is not known what it does with signals: nothing is said about it.</summary>
    Unknown,
}

/// <summary>Who gives a warning to a process.</summary>
internal enum Giver
{
    Slurm,
    Cairn,

    /// <summary>srun, which has it from <c>cairn run</c>.</summary>
    CairnBySrun,
}

/// <summary>A program that the batch script starts, seen through exec, srun, and whatever else stands before it.</summary>
/// <param name="Command">The command of the script.</param>
/// <param name="Program">The program and its arguments, as far as they are known.</param>
internal sealed record Launch(ShellCommand Command, IReadOnlyList<ShellWord> Program)
{
    /// <summary>It takes the place of the batch shell: exec at the script's own level.</summary>
    public bool ReplacesShell { get; init; }

    /// <summary>The index of srun among the command's words; null where there is none.</summary>
    public int? Srun { get; init; }

    /// <summary>The options of srun.</summary>
    public IReadOnlyList<ShellWord> SrunOptions { get; init; } = [];

    /// <summary>Each <c>cairn run</c> before the program, from the outside in.</summary>
    public IReadOnlyList<WrapperCall> Wrappers { get; init; } = [];

    /// <summary>Under <c>cairn run</c>, which knows the deadline and looks after the warning itself.</summary>
    public bool UnderCairn => Wrappers.Count > 0;

    /// <summary>Who gives the warning to what comes next.</summary>
    public Giver Giver { get; init; }

    /// <summary>Who is between Slurm's process (the batch shell, or the task) and the program.</summary>
    public Between Between { get; init; }

    /// <summary>Its name, for messages: bash -c, torchrun, dotnet run.</summary>
    public string? BetweenName { get; init; }

    /// <summary>It starts the processes of a training: torchrun and its like.</summary>
    public bool BetweenIsLauncher { get; init; }

    /// <summary>Who gives the warning to it.</summary>
    public Giver BetweenGiver { get; init; }

    /// <summary>It is a shell that runs several programs, one after another, or one again and again.</summary>
    public bool BetweenSeveral { get; init; }

    /// <summary>The signal that a <c>timeout</c> before it sends when its time is over; null where there is none.</summary>
    public int? TimeoutSends { get; init; }

    /// <summary>A launcher, or mpirun, starts <c>cairn run</c> in each of its processes.</summary>
    public bool LaunchesWrapper { get; init; }

    /// <summary>What is started is a script, a function or a variable, and may start steps itself.</summary>
    public bool MayStartSteps { get; init; }

    /// <summary>It is called by a word that is no program that everybody knows, and has no folder: a function may have that name.</summary>
    public bool MayBeFunction { get; init; }

    /// <summary>Its name, for messages: of what an interpreter runs, the file's or the module's.</summary>
    public string Name => Program is [{ FileName: { } interpreter }, ..] && Interpreters.Contains(interpreter) ? Interpreters.NameOf(interpreter, Program) : Word;

    /// <summary>How its command begins.</summary>
    public string Word => Program is [var first, ..] ? first.Text : Command.Words[0].Text;

    /// <summary>It decides over the job: the outermost <c>cairn run</c> is not that of a task.</summary>
    public bool DecidesOverJob => Wrappers is [{ IsTask: false }, ..];

    /// <summary>Whether the program hears a warning, --signal with or without B:, on a cluster with proctrack/cgroup; null where that is not known.</summary>
    public bool? Hears(bool toBatchShell)
    {
        if (MayStartSteps)
            return null;
        if (!(toBatchShell ? ReplacesShell : Srun is not null))
            return false;
        return UnderCairn ? Between != Between.Parent : Between == Between.Unknown ? null : Between == Between.Nothing;
    }
}
