namespace Cairn;

/// <summary>
/// The generator SplitMix64: its numbers are a function of the seed alone, on every platform and in every version of Cairn.
/// (The algorithm behind System.Random is nowhere promised, and a shuffle that changes between two attempts repeats samples.)
/// </summary>
internal struct SplitMix64
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    private ulong state;

    /// <summary>A stream of its own for every pair of numbers, for example a seed and an epoch.</summary>
    public SplitMix64(long seed, long index) => state = Mix(Mix((ulong)seed + Increment) + (ulong)index);

    /// <summary>The next 64 bits.</summary>
    public ulong Next() => Mix(state += Increment);

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, each exactly as likely (Lemire's method: multiply, and throw the uneven rest away).</summary>
    public long Below(long bound)
    {
        var range = (ulong)bound;
        var high = Math.BigMul(Next(), range, out ulong low);
        if (low < range)
        {
            var uneven = (0 - range) % range;
            while (low < uneven)
                high = Math.BigMul(Next(), range, out low);
        }

        return (long)high;
    }

    private static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
