using Cairn.Checkpoints;
using Cairn.Runs;
using CliWrap;
using CliWrap.Buffered;
using Microsoft.Extensions.Logging.Abstractions;
using TorchTrainer;

namespace Cairn.TorchSharp.Tests;

/// <summary>
/// Every set-up is trained by one process after the other, through the files of a checkpoint, and compared with a training in
/// this process that nobody cut.
/// </summary>
public sealed class AcrossProcessesTests : IClassFixture<AcrossProcessesTests.Lives>
{
    private readonly Lives lives;

    public AcrossProcessesTests(Lives lives) => this.lives = lives;

    public static TheoryData<string> Setups => ExactResumeTests.Setups;

    [Theory]
    [MemberData(nameof(Setups))]
    public void Cut_into_processes_training_ends_with_the_same_bytes(string name)
    {
        var expected = new Training(Setup.Named(name), seed: 1);
        for (var step = 0; step < Training.Epochs * expected.Loader.BatchesPerEpoch; step++)
        {
            using var batch = expected.Loader.At(step);
            expected.Step(batch);
        }

        var straight = MemoryCheckpoint.Of(expected.Parts());

        var actual = new Training(Setup.Named(name), seed: 50);
        var store = new CheckpointStore(Path.Combine(lives.Folder, name), NullLogger.Instance, TimeProvider.System);
        Assert.Equal(20, store.Restore(actual.Parts().ToDictionary(part => part.Key, part => (ICheckpointPart)new TrackedPart(part.Key, part.Value)))?.Step);
        MemoryCheckpoint.Of(actual.Parts()).ShouldEqual(straight);
    }

    /// <summary>The processes: cut right after the start, within an epoch, on an epoch's edge, one step after it, and run to the end.</summary>
    public sealed class Lives : IAsyncLifetime
    {
        private static readonly int[] Cuts = [0, 1, 3, 10, 11, 20];

        private readonly TemporaryFolder folder = new();

        public string Folder => folder.Path;

        public async ValueTask InitializeAsync()
        {
            foreach (var (life, cut) in Cuts.Index())
            {
                // Only the first life's weights count; the others begin with other ones and have to take those of the checkpoint.
                var result = await Cli.Wrap(Path.Combine(AppContext.BaseDirectory, "TorchTrainer"))
                    .WithArguments([folder.Path, (life + 1).ToString(), cut.ToString()])
                    .WithEnvironmentVariables(OutsideSlurm)
                    .WithValidation(CommandResultValidation.None)
                    .ExecuteBufferedAsync(TestContext.Current.CancellationToken);
                Assert.True(result.ExitCode == 0, $"the process up to step {cut} ended with {result.ExitCode}: {result.StandardOutput}{result.StandardError}");
                Assert.All(Setup.All, setup => Assert.Contains($"{setup.Name}: {cut} steps", result.StandardOutput));
            }
        }

        public ValueTask DisposeAsync()
        {
            folder.Dispose();
            return ValueTask.CompletedTask;
        }

        // The tests themselves may be a job of a cluster's; the trainings are not.
        private static void OutsideSlurm(CliWrap.Builders.EnvironmentVariablesBuilder variables)
        {
            foreach (string name in Environment.GetEnvironmentVariables().Keys)
            {
                if (name.StartsWith("SLURM_", StringComparison.Ordinal) || name.StartsWith("CAIRN_", StringComparison.Ordinal))
                    variables.Set(name, null);
            }
        }
    }
}
