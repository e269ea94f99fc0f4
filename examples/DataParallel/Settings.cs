namespace DataParallel;

/// <summary>What the command line says.</summary>
internal sealed record Settings
{
    /// <summary>How gradients get from rank to rank: <c>shared</c> or <c>mpi</c>.</summary>
    public required string Exchange { get; init; }

    public required long Epochs { get; init; }

    /// <summary>After this step the program asks for a stop: stands in for an interruption, where there is no Slurm.</summary>
    public required long StopAfter { get; init; }

    /// <summary>Milliseconds: stand in for a bigger model, so that there is time to be stopped.</summary>
    public required int StepDelay { get; init; }

    /// <summary>How long a rank waits for the gradients of the others. More than the longest save, for which they wait as well.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Where the weights go.</summary>
    public required string Output { get; init; }
}
