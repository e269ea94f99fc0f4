using Cairn.Attempts;
using Cairn.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Checkpoints;

/// <summary>A real disk that someone else fills up while a run trains on it, so that there is room for half a checkpoint.</summary>
public sealed class FullDiskTests
{
    private const int StateBytes = 2 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static TheoryData<bool, SaveMode> Cases => new MatrixTheoryData<bool, SaveMode>([true, false], [SaveMode.Synchronous, SaveMode.Asynchronous]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_goes_on_the_failure_is_told_and_saves_work_again_when_there_is_room(bool canReserve, SaveMode mode)
    {
        // Where space cannot be reserved (ext2), a save is in its middle when the disk is full.
        using var disk = canReserve ? SmallFileSystem.Tmpfs(12) : SmallFileSystem.Ext2(12);
        var (folder, ballast) = (Path.Combine(disk.Path, "checkpoints"), Path.Combine(disk.Path, "someone-elses"));
        var weights = new long[StateBytes / sizeof(long)];
        var (fullAt, failedAt, savedAt) = (-1L, -1L, -1L);
        using (var run = TrainingRun.Open(folder, new() { Save = SaveSchedule.EverySteps(2), Keep = Retention.KeepLast(2), SaveMode = mode, Logger = NullLogger.Instance }))
        {
            run.Track("weights", new TestPart { Tensors = [PartTensor.Of("weights", DType.Int64, weights)] });
            var began = TimeProvider.System.GetTimestamp();
            foreach (var step in run.Steps(long.MaxValue))
            {
                Array.Fill(weights, step + 1);
                Thread.Sleep(5);
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"full at {fullAt}, failed at {failedAt}, saved at {savedAt}");
                var events = Events(folder);
                if (failedAt >= 0 && events.OfType<Saved>().Any(saved => saved.Step > failedAt))
                {
                    savedAt = step;
                    run.Complete();
                    break;
                }

                if (failedAt < 0 && events.OfType<SaveFailed>().Any())
                {
                    failedAt = step;
                    File.Delete(ballast);
                }
                else if (failedAt < 0 && events.OfType<Saved>().Count() >= 3)
                {
                    FillUp(disk.Path, ballast);
                    fullAt = fullAt < 0 ? step : fullAt;
                }
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.True(0 <= fullAt && fullAt < failedAt && failedAt < savedAt);
        var failure = Events(folder).OfType<SaveFailed>().First();
        Assert.Contains("No space left on device", failure.Error, StringComparison.Ordinal);
        Assert.True(canReserve || failure.Error.Contains("pwrite", StringComparison.Ordinal), failure.Error);
        using var store = Stores.At(folder);
        Assert.Empty(Survivors.Leftovers(folder));
        Assert.All(store.List(), checkpoint => Assert.Empty(checkpoint.Verify()));
        var restored = new long[weights.Length];
        var newest = store.Restore(new Dictionary<string, ICheckpointPart> { ["weights"] = new TestPart { Tensors = [PartTensor.Of("weights", DType.Int64, restored)] } })!.Step;
        Assert.All(restored, value => Assert.Equal(newest, value));
    }

    private static IReadOnlyList<JournalEvent> Events(string folder) => AttemptStory.ReadAll(folder).Single().Events;

    // Again and again: what retention gives up meanwhile is room.
    private static void FillUp(string disk, string ballast)
    {
        using var file = new FileStream(ballast, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[64 << 10];
        var drive = new DriveInfo(disk);
        while (drive.AvailableFreeSpace > StateBytes / 2)
            file.Write(block);
    }
}
