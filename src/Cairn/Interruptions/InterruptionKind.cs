namespace Cairn;

/// <summary>What wants the run to stop.</summary>
public enum InterruptionKind
{
    /// <summary>The warning signal (USR2 by default).</summary>
    Warning,

    /// <summary>TERM: the last call before KILL.</summary>
    Terminate,

    /// <summary>INT: a person at the keyboard.</summary>
    Interrupt,

    /// <summary>The time that is left is needed for a step and a save.</summary>
    Deadline,

    /// <summary>The stop file is there.</summary>
    StopFile,

    /// <summary>The program asked for it (<see cref="TrainingRun.RequestStop"/>).</summary>
    Requested,

    /// <summary>Slurm says so, although no signal came: a preemption has begun, or the job is being ended.</summary>
    Slurm,

    /// <summary>Rank 0, which alone decides, stops; seen by the other ranks.</summary>
    FirstRank,

    /// <summary>A rank is gone without a word: killed, crashed, or with its machine.</summary>
    RankLost,
}
