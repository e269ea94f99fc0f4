using CliWrap;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>What the last work of ScenarioTrainer writes when nothing stops the training.</summary>
internal static class Straight
{
    private static readonly Lazy<Task<byte[]>> Torch = new(() => TrainAsync());
    private static readonly Lazy<Task<byte[]>> Numbers = new(() => TrainAsync("--numbers"));

    /// <summary>The bytes, trained for once.</summary>
    /// <param name="numbers">Of the state of plain numbers.</param>
    public static Task<byte[]> BytesAsync(bool numbers = false) => (numbers ? Numbers : Torch).Value;

    private static async Task<byte[]> TrainAsync(params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("cairn-straight-");
        try
        {
            await Cli.Wrap(TestProgram.At("ScenarioTrainer"))
                .WithArguments(["--save-seconds", "0", .. arguments]).WithWorkingDirectory(folder.FullName).ExecuteAsync(TestContext.Current.CancellationToken);
            return await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "final.bin"), TestContext.Current.CancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
