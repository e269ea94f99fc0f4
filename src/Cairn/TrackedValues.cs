using Cairn.Checkpoints;

namespace Cairn;

/// <summary>Values, arrays and generators of a program as parts of its run: <c>run.Track("best", () =&gt; best, value =&gt; best = value)</c>.</summary>
public static class TrackedValues
{
    /// <summary>Tracks a plain value, exactly: any of .NET's numbers, true or false, text, an enumeration, a TimeSpan or DateTimeOffset, or one of these or null.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="get">Reads the value at a save.</param>
    /// <param name="set">Puts it back at a restore.</param>
    /// <exception cref="UntrackableStateException">It is a value of another type.</exception>
    public static void Track<T>(this TrainingRun run, string name, Func<T> get, Action<T> set) => Track(run, name, new ValuePart<T>(get, set));

    /// <summary>Tracks an array of numbers, which is overwritten in place at a restore.</summary>
    /// <typeparam name="T">Any type without references: numbers of every size, bool, char, structs of these.</typeparam>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="array">The array, as long as it will ever be. It is tracked, and not the variable that holds it.</param>
    public static void Track<T>(this TrainingRun run, string name, T[] array)
        where T : unmanaged => Track(run, name, new ArrayPart<T>(array));

    /// <summary>Tracks an array of two dimensions.</summary>
    /// <inheritdoc cref="Track{T}(TrainingRun, string, T[])"/>
    public static void Track<T>(this TrainingRun run, string name, T[,] array)
        where T : unmanaged => Track(run, name, new ArrayPart<T>(array));

    /// <summary>Tracks an array of three dimensions.</summary>
    /// <inheritdoc cref="Track{T}(TrainingRun, string, T[])"/>
    public static void Track<T>(this TrainingRun run, string name, T[,,] array)
        where T : unmanaged => Track(run, name, new ArrayPart<T>(array));

    /// <summary>Tracks a list of numbers, which may grow and shrink: the losses so far, say.</summary>
    /// <typeparam name="T">Any type without references: numbers of every size, bool, char, structs of these.</typeparam>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="list">The list; after a restore it holds what it held at the save. It is tracked, and not the variable that holds it.</param>
    public static void Track<T>(this TrainingRun run, string name, List<T> list)
        where T : unmanaged => Track(run, name, new ArrayPart<T>(list));

    /// <summary>Tracks a generator of random numbers, exactly: the numbers that come next come next after a restore, too.</summary>
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
