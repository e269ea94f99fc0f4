using Cairn.Checkpoints;

namespace Cairn;

/// <summary>Plain values of a program as parts of its run: <c>run.Track("best", () =&gt; best, value =&gt; best = value)</c>.</summary>
public static class TrackedValues
{
    /// <summary>Tracks a whole number.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="get">Reads the value at a save.</param>
    /// <param name="set">Puts it back at a restore.</param>
    public static void Track(this TrainingRun run, string name, Func<long> get, Action<long> set) => Track(run, name, ValuePart.Of(get, set));

    /// <summary>Tracks a double, to the last bit.</summary>
    /// <inheritdoc cref="Track(TrainingRun, string, Func{long}, Action{long})"/>
    public static void Track(this TrainingRun run, string name, Func<double> get, Action<double> set) => Track(run, name, ValuePart.Of(get, set));

    /// <summary>Tracks true or false.</summary>
    /// <inheritdoc cref="Track(TrainingRun, string, Func{long}, Action{long})"/>
    public static void Track(this TrainingRun run, string name, Func<bool> get, Action<bool> set) => Track(run, name, ValuePart.Of(get, set));

    /// <summary>Tracks a text, or null.</summary>
    /// <inheritdoc cref="Track(TrainingRun, string, Func{long}, Action{long})"/>
    public static void Track(this TrainingRun run, string name, Func<string?> get, Action<string?> set) => Track(run, name, ValuePart.Of(get, set));

    /// <summary>Tracks a number of any other type of .NET's, exactly: int, float, byte, Half, decimal, ...</summary>
    /// <typeparam name="T">The number's type.</typeparam>
    /// <inheritdoc cref="Track(TrainingRun, string, Func{long}, Action{long})"/>
    public static void Track<T>(this TrainingRun run, string name, Func<T> get, Action<T> set)
        where T : struct, System.Numerics.INumberBase<T> => Track(run, name, ValuePart.Of(get, set));

    /// <summary>Tracks an array of numbers, which is overwritten in place at a restore (<see cref="ArrayPart{T}"/>).</summary>
    /// <typeparam name="T">Any type without references: numbers of every size, bool, char, structs of these.</typeparam>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="array">The array, as long as it will ever be.</param>
    public static void Track<T>(this TrainingRun run, string name, T[] array)
        where T : unmanaged => Track(run, name, new ArrayPart<T>(array));

    /// <summary>Tracks a generator of random numbers, exactly (<see cref="SystemRandomPart"/>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="random">The generator, made in the same way (with a seed or without one) in every attempt.</param>
    /// <exception cref="UntrackableStateException"><see cref="Random.Shared"/>, or a class derived from Random.</exception>
    public static void Track(this TrainingRun run, string name, Random random) => Track(run, name, new SystemRandomPart(random));

    private static void Track(TrainingRun run, string name, ICheckpointPart part)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Track(name, part);
    }
}
