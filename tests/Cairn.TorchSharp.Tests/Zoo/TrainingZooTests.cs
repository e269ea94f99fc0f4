using System.Globalization;

namespace Cairn.TorchSharp.Tests.Zoo;

/// <summary>
/// Trainings of many kinds, each cut at random places by real signals and started again until it is done: it ends with the very bytes of
/// one that nobody cut. Two cuts in the short form, six in the long one; CAIRN_SEED=N repeats the places.
/// </summary>
public sealed class TrainingZooTests
{
    private const long Steps = 60; // none of them has fewer, but the one that stops early
    private static readonly int Cuts = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1" ? 6 : 2;
    private static readonly string[] Signals = ["USR2", "KILL", "TERM", "INT"];

    public static TheoryData<string> Trainings => ["classifier", "accumulation", "gan", "gpt", "gpt-bf16", "plain", "hosted"];

    [Theory]
    [MemberData(nameof(Trainings))]
    public void Cut_at_random_places_it_ends_with_the_same_bytes(string training)
    {
        var seed = Environment.GetEnvironmentVariable("CAIRN_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        var story = new List<string> { $"CAIRN_SEED={seed}" };
        using (var straight = ZooProcess.Start(training, Path.Combine(folder.Path, "straight"), Path.Combine(folder.Path, "straight-out")))
            Assert.True(straight.WaitForEnd() == 0, straight.Messages);

        var first = random.Next(Signals.Length);
        var places = Enumerable.Range(0, Cuts).Select(_ => random.NextInt64(Steps)).Order().ToList();
        foreach (var (cut, place) in places.Index())
        {
            var signal = Signals[(first + cut) % Signals.Length];
            using var life = ZooProcess.Start(training, Path.Combine(folder.Path, "cut"), Path.Combine(folder.Path, "cut-out"));
            if (life.WaitForStep(place))
                life.Signal(signal);
            var code = life.WaitForEnd();
            story.Add($"{signal} after step {place}: {code}\n{life.Messages}");
            int[] allowed = [0, signal switch { "KILL" => 137, "INT" => 130, _ => 143 }];
            Assert.True(allowed.Contains(code), string.Join('\n', story));
        }

        using (var last = ZooProcess.Start(training, Path.Combine(folder.Path, "cut"), Path.Combine(folder.Path, "cut-out")))
        {
            var code = last.WaitForEnd();
            story.Add($"to the end: {code}\n{last.Messages}");
            Assert.True(code == 0, string.Join('\n', story));
        }

        var (expected, actual) = (Result("straight"), Result("cut"));
        Assert.True(expected.Keys.Order(StringComparer.Ordinal).SequenceEqual(actual.Keys.Order(StringComparer.Ordinal)), $"files: {string.Join(' ', expected.Keys)}, after cuts {string.Join(' ', actual.Keys)}; {string.Join('\n', story)}");
        foreach (var (name, bytes) in expected)
            Assert.True(bytes.AsSpan().SequenceEqual(actual[name]), $"{name} has other bytes\n{string.Join('\n', story)}");

        // What the program wrote at its end, and the tensors of its last checkpoint: weights, moments, generators.
        Dictionary<string, byte[]> Result(string name)
        {
            var newest = Directory.GetDirectories(Path.Combine(folder.Path, name), "step-*").Max(StringComparer.Ordinal)!;
            return Directory.GetFiles(Path.Combine(folder.Path, $"{name}-out")).Concat(Directory.GetFiles(newest, "*.safetensors"))
                .ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes, StringComparer.Ordinal);
        }
    }
}
