using CliWrap;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>What the last work of ScenarioTrainer writes when nothing stops the training.</summary>
internal static class Straight
{
    private static readonly Lazy<Task<byte[]>> Bytes = new(TrainAsync);

    /// <summary>The bytes, trained for once.</summary>
    public static Task<byte[]> BytesAsync() => Bytes.Value;

    private static async Task<byte[]> TrainAsync()
    {
        var folder = Directory.CreateTempSubdirectory("cairn-straight-");
        try
        {
            await Cli.Wrap(Path.Combine(Clusters.Trainer, "ScenarioTrainer"))
                .WithArguments(["--save-seconds", "0"]).WithWorkingDirectory(folder.FullName).ExecuteAsync(TestContext.Current.CancellationToken);
            return await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "final.bin"), TestContext.Current.CancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
