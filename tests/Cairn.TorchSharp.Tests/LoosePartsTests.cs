using System.Numerics;
using Cairn.Checkpoints;
using static TorchSharp.torch;

namespace Cairn.TorchSharp.Tests;

/// <summary>What belongs to no model: arrays, lists, loose tensors and generators.</summary>
public sealed class LoosePartsTests
{
    [Fact]
    public void Arrays_of_every_element_type_come_back_exactly()
    {
        Check([1f, float.NaN, -0f], 0f);
        Check<double>([0.1, 0.2], 0);
        Check([1, 2, 3], 0);
        Check<ulong>([ulong.MaxValue, 7], 0);
        Check<ushort>([65535], 0);
        Check<bool>([true, false], false);
        Check(['a', '\uD800'], ' ');
        Check([1.10m], 0m);
        Check<Half>([(Half)0.3], Half.Zero);
        Check<Complex>([new Complex(1, 2)], Complex.Zero);
        Check<int>([], 0);

        static void Check<T>(T[] value, T other)
            where T : unmanaged
        {
            T[] array = [.. value];
            var checkpoint = MemoryCheckpoint.Of(new ArrayPart<T>(array));
            Array.Fill(array, other);
            checkpoint.Restore(new ArrayPart<T>(array));
            Assert.Equal(value, array);
        }
    }

    [Fact]
    public void Arrays_of_several_dimensions_come_back_exactly()
    {
        var (plane, cube) = (Plane(), Cube());
        var checkpoint = MemoryCheckpoint.Of(Parts(plane, cube));
        (plane, cube) = (new float[2, 3], new bool[1, 2, 1]);
        checkpoint.Restore(Parts(plane, cube));

        Assert.Equal(Plane(), plane);
        Assert.Equal(Cube(), cube);
        Assert.Equal(["array is float32 [3, 2], in the checkpoint float32 [2, 3]"], new ArrayPart<float>(new float[3, 2]).FindDifferences(checkpoint.Records["plane"]));

        static float[,] Plane() => new[,]
        {
            { 1f, 2f, 3f },
            { 4f, 5f, 6f },
        };
        static bool[,,] Cube() => new bool[1, 2, 1]
        {
            {
                { true },
                { false },
            },
        };
        static Dictionary<string, ICheckpointPart> Parts(float[,] plane, bool[,,] cube) =>
            new(StringComparer.Ordinal) { ["plane"] = new ArrayPart<float>(plane), ["cube"] = new ArrayPart<bool>(cube) };
    }

    [Fact]
    public void A_list_has_the_length_that_it_had_at_the_save()
    {
        Check([0.1, double.NaN, -0.0], []);
        Check([0.1], [1, 2, 3]);
        Check([], [1]);
        Check([1.10m, 2m], []);
        Assert.Equal(["it is a list of Int32, in the checkpoint of Int64"], MemoryCheckpoint.Of(Numbers<long>(1)).Differences(new ArrayPart<int>(new List<int>())));
        Assert.Equal(["it is a list, in the checkpoint float32 [1, 1]"], MemoryCheckpoint.Of(new ArrayPart<float>(new float[1, 1])).Differences(new ArrayPart<float>(new List<float>())));
        Assert.Equal(["it is a list, in the checkpoint it is none"], MemoryCheckpoint.Of(new ValuePart<long>(() => 1L, _ => { })).Differences(new ArrayPart<int>(new List<int>())));

        static void Check<T>(List<T> value, List<T> other)
            where T : unmanaged
        {
            var checkpoint = MemoryCheckpoint.Of(new ArrayPart<T>(value));
            checkpoint.Restore(new ArrayPart<T>(other));
            Assert.Equal(value, other);
        }
    }

    [Fact]
    public void A_list_or_array_of_other_structs_is_a_difference()
    {
        var pairs = MemoryCheckpoint.Of(Numbers((1, 2)));
        Assert.Equal(
            ["it is an array of System.ValueTuple`2[System.Int32,System.Single], in the checkpoint of System.ValueTuple`2[System.Int32,System.Int32]"],
            pairs.Differences(Numbers((1, 2f))));
        Assert.Equal(
            ["it is a list of Grown of 16 bytes each, in the checkpoint of 4"],
            MemoryCheckpoint.Of(new ArrayPart<Small.Grown>(new List<Small.Grown> { default })).Differences(new ArrayPart<Large.Grown>(new List<Large.Grown>())));
    }

    [Fact]
    public void Another_array_is_a_difference()
    {
        var saved = MemoryCheckpoint.Of(Numbers<uint>(1, 2));
        Assert.Equal(["it is an array of Int32, in the checkpoint of UInt32"], saved.Differences(Numbers<int>(1, 2)));
        Assert.Equal(["array is uint8 [3, 4], in the checkpoint uint8 [2, 4]"], saved.Differences(Numbers<uint>(1, 2, 3)));
        Assert.Equal(["it is an array, in the checkpoint it is none"], MemoryCheckpoint.Of(new ValuePart<long>(() => 1L, _ => { })).Differences(Numbers<int>(1)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(7)]
    public void A_System_Random_goes_on_with_the_same_numbers(int? seed)
    {
        var random = Make();
        Draw(random);
        var checkpoint = MemoryCheckpoint.Of(new SystemRandomPart(random));
        var expected = Draw(random);

        var next = Make();
        checkpoint.Restore(new SystemRandomPart(next));

        Assert.Equal(expected, Draw(next));
        Assert.Equal(Draw(random), Draw(next));

        Random Make() => seed is { } number ? new Random(number) : new Random();
        static double[] Draw(Random from) => [.. Enumerable.Range(0, 100).SelectMany(_ => new[] { from.NextDouble(), from.Next(), from.NextInt64(), from.NextSingle() })];
    }

    [Fact]
    public void Of_System_Random_only_what_can_be_exact_is_tracked()
    {
        Assert.Contains("Random.Shared can't be tracked", Assert.Throws<UntrackableStateException>(() => new SystemRandomPart(Random.Shared)).Message);
        Assert.Contains("MyRandom can't be tracked: it is derived from Random", Assert.Throws<UntrackableStateException>(() => new SystemRandomPart(new MyRandom())).Message);
        Assert.Equal(
            ["the System.Random was made without a seed, in the checkpoint with a seed; make it in the same way as then"],
            MemoryCheckpoint.Of(new SystemRandomPart(new Random(3))).Differences(new SystemRandomPart(new Random())));
        Assert.Single(MemoryCheckpoint.Of(new ValuePart<long>(() => 1L, _ => { })).Differences(new SystemRandomPart(new Random())));
    }

    [Fact]
    public void A_loose_tensor_and_a_generator_come_back_exactly()
    {
        using var scope = NewDisposeScope();
        var average = arange(6, dtype: ScalarType.BFloat16).reshape(2, 3);
        var generator = new Generator(5);
        rand(3, generator: generator);
        var checkpoint = MemoryCheckpoint.Of(Parts(average, generator));
        var expected = rand(3, generator: generator);

        var (restored, next) = (zeros(2, 3, dtype: ScalarType.BFloat16), new Generator(1));
        checkpoint.Restore(Parts(restored, next));

        Assert.True(average.Equals(restored), "the tensor differs");
        Assert.True(expected.Equals(rand(3, generator: next)), "the generator went on with other numbers");
        Assert.Equal(["tensor is float32 [2], in the checkpoint bfloat16 [2, 3]"], new TensorPart(zeros(2)).FindDifferences(checkpoint.Records["average"]));
        Assert.NotEmpty(new GeneratorPart(next).FindDifferences(checkpoint.Records["average"]));

        static Dictionary<string, ICheckpointPart> Parts(Tensor tensor, Generator generator) => new(StringComparer.Ordinal)
        {
            ["average"] = new TensorPart(tensor),
            ["generator"] = new GeneratorPart(generator),
        };
    }

    [Fact]
    public void The_run_takes_them_by_name()
    {
        using var folder = new TemporaryFolder();
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var run = TrainingRun.Open(folder.Path, new() { Save = SaveSchedule.Never, Logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance });
            using var average = zeros(3);
            var (history, losses, random, epoch, scale) = (new float[2, 2], new List<double>(), new Random(), 0, 1f);
            run.Track("average", average);
            run.Track("history", history);
            run.Track("losses", losses);
            run.Track("random", random);
            run.Track("generator", new Generator(1));
            run.Track("epoch", () => epoch, value => epoch = value);
            run.Track("scale", () => scale, value => scale = value);
            if (run.Restore() == 0)
            {
                (history[1, 1], epoch, scale) = (0.5f, 7, 65536f);
                losses.Add(0.25);
                average.fill_(2);
                run.Save(1).Wait();
            }

            Assert.Equal((0.5f, 7, 65536f, 6f), (history[1, 1], epoch, scale, average.sum().item<float>()));
            Assert.Equal([0.25], losses);
        }
    }

    [Fact]
    public void A_name_that_is_taken_is_told_as_that()
    {
        using var folder = new TemporaryFolder();
        using var run = TrainingRun.Open(folder.Path, new() { Logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance });
        run.TrackRandomState();
        Assert.StartsWith("two parts have the name 'random'", Assert.Throws<ArgumentException>(() => run.Track("random", new Random())).Message);
        Assert.StartsWith("'random' and 'Random' can't both be parts", Assert.Throws<ArgumentException>(() => run.Track("Random", new Random())).Message);
    }

    private static ArrayPart<T> Numbers<T>(params T[] array)
        where T : unmanaged => new(array);

    private static class Small
    {
        public record struct Grown(int First);
    }

    private static class Large
    {
        [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
        public record struct Grown(int First, long Second);
    }

    private sealed class MyRandom : Random
    {
    }
}
