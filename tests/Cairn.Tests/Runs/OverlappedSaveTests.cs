using System.Runtime.InteropServices;
using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>Copies that go on while the next step runs, up to the gate before the optimizer's part of it.</summary>
public sealed class OverlappedSaveTests : IDisposable
{
    private const int Count = 3_000_000; // 24 MB: several pieces, copied by several threads where there are several cores
    private readonly TemporaryFolder folder = new();
    private readonly long[] parameters = new long[Count];
    private readonly long[] buffer = new long[1000];

    [Fact]
    public void What_is_saved_is_the_state_of_the_boundary()
    {
        using (var run = Open())
        {
            foreach (var step in run.Steps(7))
            {
                Array.Fill(buffer, step + 1); // as a forward pass changes a running mean
                run.BeforeOptimizerStep();
                Array.Fill(parameters, step + 1);
            }

            Assert.Equal(0, run.Finish());
        }

        var saved = Events().OfType<Saved>().Select(one => (one.Step, one.Reason)).ToList();
        Assert.Equal([(2, "schedule"), (4, "schedule"), (6, "schedule"), (7, "last")], saved);
        foreach (var (step, _) in saved)
        {
            var state = new TestPart { Tensors = [PartTensor.Of("parameters", DType.Int64, new long[Count]), PartTensor.Of("buffer", DType.Int64, new long[1000])] };
            Assert.Equal(step, Stores.At(folder.Path).Restore(new Dictionary<string, ICheckpointPart> { ["state"] = state }, step)!.Step);
            Assert.All(state.Tensors, tensor => Assert.Equal(step, FirstAndLast(tensor)));
        }
    }

    [Fact]
    public void A_step_that_passes_no_gate_is_an_error_and_its_save_never_exists()
    {
        using var run = Open();
        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var step in run.Steps(7))
                Array.Fill(parameters, step + 1);
        });
        Assert.Contains("BeforeOptimizerStep() was not called in step 2", error.Message, StringComparison.Ordinal);
        run.Dispose();
        Assert.Empty(Directory.EnumerateDirectories(folder.Path, "step-*"));
        Assert.Empty(Events().OfType<Saved>());
        Assert.Equal(2, Events().OfType<SaveFailed>().Single().Step);
    }

    [Theory]
    [InlineData(false, 2)] // the first saves are looked at to the last byte
    [InlineData(false, 6)]
    [InlineData(true, 2)]
    [InlineData(true, 12)]
    public void A_parameter_that_is_changed_before_the_gate_is_found(bool check, long at)
    {
        using var run = Open(check);
        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var step in run.Steps(20))
            {
                if (step == at)
                    parameters[Count / 3]++;
                run.BeforeOptimizerStep();
                Array.Fill(parameters, step + 1);
            }
        });
        Assert.Contains("state: parameters", error.Message, StringComparison.Ordinal);
        Assert.Contains("with several optimizers, before the first of them", error.Message, StringComparison.Ordinal);
        run.Dispose();
        Assert.False(Directory.Exists(folder[$"step-{at:0000000000}"]));
    }

    [Fact]
    public void So_is_an_optimizer_that_does_not_wait_in_any_later_save()
    {
        using var run = Open();
        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var step in run.Steps(20))
            {
                if (step == 14)
                    Array.Fill(parameters, -1); // every number, as an optimizer's step does
                run.BeforeOptimizerStep();
                Array.Fill(parameters, step + 1);
            }
        });
        Assert.Contains("state: parameters", error.Message, StringComparison.Ordinal);
        run.Dispose();
        Assert.False(Directory.Exists(folder["step-0000000014"]));
        Assert.True(Directory.Exists(folder["step-0000000012"]));
    }

    [Theory]
    [InlineData("USR2", 143)]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public void A_stop_that_comes_while_a_scheduled_save_takes_the_state_saves_it_and_ends(string signal, int code)
    {
        var (exitCode, lines, messages) = Trainer.Run(folder["c"], 60, "--save-mode", "Overlapped", "--signal-in-save", signal, "--at", "20");
        Assert.Equal(code, exitCode);
        Assert.Contains("saved at step 20;", messages, StringComparison.Ordinal);
        Assert.DoesNotContain("step 20", lines);
        Assert.Equal(0, Trainer.Run(folder["c"], 60).ExitCode);
    }

    [Fact]
    public void A_run_that_is_finished_before_the_gate_ends_and_gives_that_save_up()
    {
        using var run = Open();
        using var steps = run.Steps(7).GetEnumerator();
        for (var step = 0; step < 3; step++)
        {
            Assert.True(steps.MoveNext());
            if (step < 2)
                run.BeforeOptimizerStep();
            Array.Fill(parameters, step + 1);
        }

        run.Dispose();
        Assert.False(Directory.Exists(folder["step-0000000002"]));
    }

    [Fact]
    public void Where_it_is_looked_for_and_nothing_is_wrong_nothing_happens()
    {
        using var run = Open(check: true);
        foreach (var step in run.Steps(7))
        {
            Array.Fill(buffer, step + 1);
            run.BeforeOptimizerStep();
            Array.Fill(parameters, step + 1);
        }

        Assert.Equal(0, run.Finish());
        Assert.Equal(4, Events().OfType<Saved>().Count());
    }

    [Fact]
    public void A_loop_that_is_left_before_the_gate_gives_that_save_up()
    {
        using (var run = Open())
        {
            foreach (var step in run.Steps(7))
            {
                if (step == 4)
                    break;
                run.BeforeOptimizerStep();
                Array.Fill(parameters, step + 1);
            }

            Assert.Equal(ExitCodes.Incomplete, run.Finish());
        }

        Assert.Equal([2L], Events().OfType<Saved>().Select(saved => saved.Step));
        Assert.Equal(4, Events().OfType<SaveFailed>().Single().Step);
    }

    [Fact]
    public void In_the_other_modes_the_gate_is_open()
    {
        using var run = TrainingRun.Open(folder.Path, new() { Save = SaveSchedule.EverySteps(2), Logger = NullLogger.Instance });
        run.Track("model", TestPart.Model(1));
        foreach (var step in run.Steps(4))
            run.BeforeOptimizerStep();
        Assert.Equal(0, run.Finish());
    }

    [Fact]
    public void A_tensor_that_tells_of_too_few_bytes_is_named_and_nothing_is_overwritten()
    {
        using (var first = Open())
        {
            var tensor = new ShortTensor(16);
            tensor.Bytes.AsSpan().Fill(1);
            first.Track("wrong", new TestPart { Tensors = [tensor] });
            first.Restore();
            first.Save(1).Wait();
        }

        using (var second = Open())
        {
            var tensor = new ShortTensor(8);
            second.Track("wrong", new TestPart { Tensors = [tensor] });
            var error = Assert.Throws<InvalidOperationException>(() => second.Restore());
            Assert.Contains("ShortTensor.Pin() of tensor short", error.Message, StringComparison.Ordinal);
            Assert.Contains("8 bytes, but it has 16", error.Message, StringComparison.Ordinal);
            Assert.All(tensor.Bytes, value => Assert.Equal(0, value));
            Assert.Throws<InvalidOperationException>(() => second.Save(2));
        }

        Assert.Single(Directory.EnumerateDirectories(folder.Path, "step-*"));
    }

    public void Dispose() => folder.Dispose();

    private static long FirstAndLast(PartTensor tensor)
    {
        var (first, last) = (new byte[8], new byte[8]);
        tensor.CopyTo(0, first);
        tensor.CopyTo(tensor.Info.ByteCount - 8, last);
        Assert.Equal(first, last);
        return BitConverter.ToInt64(first);
    }

    private TrainingRun Open(bool check = false)
    {
        var run = TrainingRun.Open(folder.Path, new()
        {
            Save = SaveSchedule.EverySteps(2),
            SaveMode = SaveMode.Overlapped,
            WhenStillSaving = WhenStillSaving.Wait,
            CheckOverlap = check,
            Keep = Retention.KeepLast(9),
            Logger = NullLogger.Instance,
        });
        run.Track("state", new TestPart
        {
            Tensors =
            [
                new ArrayTensor<long>(new TensorInfo("parameters", DType.Int64, [Count]), parameters) { ChangesOnlyInOptimizerStep = true },
                PartTensor.Of("buffer", DType.Int64, buffer),
            ],
        });
        return run;
    }

    private IReadOnlyList<JournalEvent> Events() => AttemptStory.ReadAll(folder.Path).Single().Events;

    private sealed class ShortTensor(int told) : PartTensor(new TensorInfo("short", DType.UInt8, [16]))
    {
        public byte[] Bytes { get; } = GC.AllocateArray<byte>(16, pinned: true);

        public override PinnedBytes? Pin() => new(Marshal.UnsafeAddrOfPinnedArrayElement(Bytes, 0), told);

        public override void CopyTo(long offset, Span<byte> destination) => Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);

        public override void CopyFrom(long offset, ReadOnlySpan<byte> source) => source.CopyTo(Bytes.AsSpan((int)offset));
    }
}
