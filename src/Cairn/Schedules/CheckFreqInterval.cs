namespace Cairn;

/// <summary>So many steps between two saves keep their overhead within a bound.</summary>
/// <remarks>
/// J. Mohan, A. Phanishayee, V. Chidambaram, "CheckFreq: Frequent, Fine-Grained DNN Checkpointing", FAST '21: with T_i a step,
/// T_f a whole save and O the part of it that the loop waits for, k = max(⌈(T_f − O)/T_i⌉, 1), so that the part behind the
/// training ends before the next save; and O spread over k steps is at most the share p of them when k ≥ ⌈O/(p·T_i)⌉.
/// </remarks>
internal static class CheckFreqInterval
{
    private const double Most = 1e15; // fits a long, and no training gets there

    /// <summary>k.</summary>
    /// <param name="step">T_i.</param>
    /// <param name="stall">O.</param>
    /// <param name="save">T_f.</param>
    /// <param name="share">p, from 0 to 1.</param>
    public static long Steps(TimeSpan step, TimeSpan stall, TimeSpan save, double share)
    {
        var ticks = (double)Math.Max(step.Ticks, 1);
        var written = Math.Ceiling((save - stall).Ticks / ticks);
        var paid = Math.Ceiling(stall.Ticks / (share * ticks));
        return (long)Math.Clamp(Math.Max(written, paid), 1, Most);
    }

    /// <summary>How many steps more or fewer from now on, by what the last ones with their save really took.</summary>
    /// <remarks>
    /// CheckFreq's rule, two more when they took too long, never comes back from one slow moment (an evaluation, a neighbour on
    /// the disk). So one fewer when even then the overhead would have been within the bound.
    /// </remarks>
    /// <param name="steps">How many they were.</param>
    /// <param name="step">T_i.</param>
    /// <param name="took">What they took, with the save's stall.</param>
    /// <param name="share">p.</param>
    public static int Correction(long steps, TimeSpan step, TimeSpan took, double share)
    {
        var lost = took.Ticks - ((double)steps * step.Ticks);
        if (lost > share * steps * step.Ticks)
            return 2;
        return lost <= share * (steps - 1) * step.Ticks ? -1 : 0;
    }
}
