namespace Saves.Measuring;

/// <summary>Whether a goal is reached.</summary>
internal enum Verdict
{
    /// <summary>By the middle half of the rounds.</summary>
    Reached,

    /// <summary>By none of the middle half of the rounds.</summary>
    Missed,

    /// <summary>The goal lies within the middle half of the rounds: the machine is too noisy to tell.</summary>
    Unclear,
}
