namespace Cairn;

/// <summary>How the ranks of a job step act together.</summary>
public enum RankMode
{
    /// <summary>
    /// Together where there are several: they begin with the same checkpoint, stop at the same step and end together. Where they cannot
    /// reach each other that is said, and they go on as with <see cref="FirstOnly"/>.
    /// </summary>
    Auto,

    /// <summary>Together, or not at all: where they cannot reach each other the run does not begin (exit code 69).</summary>
    Required,

    /// <summary>
    /// The others go by rank 0's journal: they stop when it stops, each at the step at which it is by then. For programs whose ranks do not
    /// wait for each other.
    /// </summary>
    FirstOnly,
}
