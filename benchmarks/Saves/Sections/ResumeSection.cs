using System.Diagnostics;
using Cairn;
using Cairn.TorchSharp;
using Microsoft.Extensions.Logging.Abstractions;
using Saves.Limits;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>How long a resume takes: from <see cref="TrainingRun.Open"/> to the verified state in the model, and what the first step takes longer than usual.</summary>
internal static class ResumeSection
{
    private const int UsualSteps = 5;
    private const int Readers = 4;

    public static Section Measure(Settings settings)
    {
        using var folder = settings.NewFolder();
        using var state = new State(settings.Size ?? 256 * Settings.Megabyte);
        using var training = new Training(state, 0.05);
        var checkpoints = Path.Combine(folder.Path, "cairn");
        using (var run = Open(checkpoints, state))
        {
            run.Restore();
            run.Save(1).Wait();
        }

        var payload = Directory.EnumerateFiles(checkpoints, "model.safetensors", SearchOption.AllDirectories).Single();
        var torchSharp = Path.Combine(folder.Path, "torchsharp.dat");
        state.save(torchSharp);
        using var copy = new MemoryCopy(state.Bytes);
        var read = new BareRead(payload, copy.Memory);

        var rounds = new Rounds(folder.Path, settings.Rounds);
        var verified = new Series("Cairn, cold: from Open to the verified state", state.Bytes);
        var open = new Series("Cairn, cold: Open alone, within that");
        var first = new Series("Cairn, cold: what the first step takes longer");
        var resume = new Series("Cairn, cold: both", state.Bytes);
        var warm = new Series("Cairn, warm: from Open to the verified state", state.Bytes);
        var load = new Series("TorchSharp load, cold (verifies nothing)", state.Bytes);
        var coldOne = new Series("limit: cold read, 1 reader", state.Bytes);
        var coldMany = new Series($"limit: cold read, {Readers} readers", state.Bytes);
        var warmOne = new Series("limit: warm read, 1 reader", state.Bytes);
        var warmMany = new Series($"limit: warm read, {Readers} readers", state.Bytes);
        rounds.Run(
            () =>
            {
                PageCache.Drop(checkpoints);
                var (opening, restoring, longer) = Resume();
                rounds.Note(open, opening);
                rounds.Note(verified, restoring);
                rounds.Note(first, longer);
                rounds.Note(resume, restoring + longer);
            },
            () => rounds.Note(coldOne, read.Cold(1)),
            () => rounds.Note(coldMany, read.Cold(Readers)),
            () =>
            {
                PageCache.Drop(torchSharp);
                var began = Stopwatch.GetTimestamp();
                state.load(torchSharp);
                rounds.Note(load, Stopwatch.GetElapsedTime(began).TotalSeconds);
            },
            () =>
            {
                read.Warm(Readers); // whatever went before
                rounds.Note(warmOne, read.Warm(1));
                rounds.Note(warmMany, read.Warm(Readers));
                rounds.Note(warm, Resume().Restoring);
            });

        return new Section($"Resume of {state.Bytes / 1e6:0} MB", rounds)
        {
            Series = [verified, open, first, resume, warm, load, coldOne, coldMany, warmOne, warmMany],
            Ratios =
            [
                Ratio.Of($"resume: cold read by {Readers} / Cairn", coldMany, resume, Goal.NoLessThan(0.85)),
                Ratio.Of("resume: cold read by 1 / Cairn", coldOne, resume),
                Ratio.Of($"resume: warm read by {Readers} / Cairn, warm", warmMany, warm),
                Ratio.Of("resume: TorchSharp load / Cairn", load, resume),
            ],
        };

        (double Opening, double Restoring, double Longer) Resume()
        {
            var began = Stopwatch.GetTimestamp();
            using var run = Open(checkpoints, state);
            var opening = Stopwatch.GetElapsedTime(began).TotalSeconds;
            if (run.Restore() != 1)
                throw new InvalidOperationException($"the checkpoint of step 1 in {checkpoints} was not restored");
            var restoring = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var step = Step();
            var usual = Quantiles.Median([.. Enumerable.Range(0, UsualSteps).Select(_ => Step())]);

            // A first step that happens to be shorter is noise, and no time won.
            return (opening, restoring, Math.Max(0, step - usual));
        }

        double Step()
        {
            var began = Stopwatch.GetTimestamp();
            training.ForwardAndBackward();
            training.OptimizerStep();
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    private static TrainingRun Open(string folder, State state)
    {
        var run = TrainingRun.Open(folder, new() { Save = SaveSchedule.Never, Logger = NullLogger.Instance });
        run.Track("model", state);
        return run;
    }
}
