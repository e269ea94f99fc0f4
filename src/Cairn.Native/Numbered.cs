namespace Cairn.Native;

/// <summary>What the host has open, by the numbers that it has for them: one that it closed is an error, and no crash.</summary>
/// <typeparam name="T">What it is.</typeparam>
/// <param name="isNone">What to say of a number that is none.</param>
internal sealed class Numbered<T>(string isNone)
    where T : class
{
    private readonly Lock gate = new();
    private readonly Dictionary<nint, T> open = [];
    private nint newest;

    public nint Add(T one)
    {
        lock (gate)
        {
            open.Add(++newest, one);
            return newest;
        }
    }

    /// <exception cref="ArgumentException">There is none.</exception>
    public T Of(nint number)
    {
        lock (gate)
            return open.TryGetValue(number, out var one) ? one : throw new ArgumentException(isNone);
    }

    public void Remove(nint number)
    {
        lock (gate)
            open.Remove(number);
    }
}
