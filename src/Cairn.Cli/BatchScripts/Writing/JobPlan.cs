namespace Cairn.Cli.BatchScripts.Writing;

/// <summary>Who starts the program, and so who hears the warning.</summary>
internal enum Launcher
{
    /// <summary>cairn run in the batch step, and a thin one around each task.</summary>
    Wrapper,

    /// <summary>The program is a task of srun, handles the warning and requeues by itself.</summary>
    Srun,

    /// <summary>The same for .NET: an assembly is started by dotnet.</summary>
    DotNet,
}

/// <summary>A job, checked: only the text of its script is left to write.</summary>
internal sealed record JobPlan
{
    public required Launcher Launcher { get; init; }

    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    /// <summary>How many words of the program are a launcher that starts the processes of a node itself; 0 where there is none.</summary>
    public int LauncherWords { get; init; }

    public bool HasSeveralNodes { get; init; }

    /// <summary>srun starts the program more than once, and each is a rank.</summary>
    public bool HasSeveralRanks { get; init; }

    /// <summary>What srun is told of MPI; null for nothing.</summary>
    public string? Mpi { get; init; }

    /// <summary>sbatch's options and their values in their order, quoted.</summary>
    public required IReadOnlyList<(string Name, string? Value)> Directives { get; init; }

    public required string Signal { get; init; }

    /// <summary>The lead that was asked for; null for the usual one.</summary>
    public TimeSpan? Lead { get; init; }

    /// <summary>The folder of the logs.</summary>
    public required string Logs { get; init; }

    public required bool IsArray { get; init; }

    public string? CpusPerTask { get; init; }

    public bool HasGpus { get; init; }

    public string? Checkpoints { get; init; }

    public IReadOnlyList<string> Modules { get; init; } = [];

    public IReadOnlyList<(string Name, string Value)> Environment { get; init; } = [];

    public string? Conda { get; init; }

    public string? VirtualEnvironment { get; init; }

    public string? Container { get; init; }

    public IReadOnlyList<string> Binds { get; init; } = [];
}
