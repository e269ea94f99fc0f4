using System.Collections.Concurrent;
using CliWrap;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>What the last work of ScenarioTrainer, or TorchScenarioTrainer, writes when nothing stops the training.</summary>
internal static class Straight
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<byte[]>>> Trained = [];

    /// <summary>The bytes, trained for once.</summary>
    /// <param name="program">Which of them.</param>
    public static Task<byte[]> BytesAsync(string program) => Trained.GetOrAdd(program, name => new(() => TrainAsync(name))).Value;

    private static async Task<byte[]> TrainAsync(string program)
    {
        var folder = Directory.CreateTempSubdirectory("cairn-straight-");
        try
        {
            await Cli.Wrap(TestProgram.At(program))
                .WithArguments(["--save-seconds", "0"]).WithWorkingDirectory(folder.FullName).ExecuteAsync(TestContext.Current.CancellationToken);
            return await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "final.bin"), TestContext.Current.CancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
