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

    /// <summary>Tracks a plain value of which each rank has its own (<see cref="TrainingRun.TrackPerRank"/>).</summary>
    /// <typeparam name="T">The value's type, as for a value that is the same on all.</typeparam>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="get">Reads this rank's value at a save.</param>
    /// <param name="set">Puts it back at a restore.</param>
    /// <param name="adopt">
    /// What this rank begins with where another number of ranks goes on, given the values of all that saved, in the order of the ranks. Default:
    /// another number of ranks is an error.
    /// </param>
    /// <exception cref="UntrackableStateException">It is a value of another type.</exception>
    public static void TrackPerRank<T>(this TrainingRun run, string name, Func<T> get, Action<T> set, Func<IReadOnlyList<T>, T>? adopt = null) =>
        TrackPerRank(run, name, adopt is null ? new ValuePart<T>(get, set) : new RankValuePart<T>(get, set, adopt));

    /// <summary>Tracks an array of numbers of which each rank has its own (<see cref="TrainingRun.TrackPerRank"/>), and which is overwritten in place at a restore.</summary>
    /// <typeparam name="T">Any type without references: numbers of every size, bool, char, structs of these.</typeparam>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="array">The array, as long as it will ever be.</param>
    public static void TrackPerRank<T>(this TrainingRun run, string name, T[] array)
        where T : unmanaged => TrackPerRank(run, name, new ArrayPart<T>(array));

    /// <summary>Tracks a generator of random numbers of which each rank has its own (<see cref="TrainingRun.TrackPerRank"/>), exactly.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="random">The generator, made in the same way (with a seed or without one) in every attempt and on every rank.</param>
    /// <exception cref="UntrackableStateException"><see cref="Random.Shared"/>, or a class derived from Random.</exception>
    public static void TrackPerRank(this TrainingRun run, string name, Random random) => TrackPerRank(run, name, new SystemRandomPart(random));

    private static void TrackPerRank(TrainingRun run, string name, ICheckpointPart part)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.TrackPerRank(name, part);
    }

    private static void Track(TrainingRun run, string name, ICheckpointPart part)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Track(name, part);
    }
}
