using Cairn;
using Saves.Limits;
using Saves.Measuring;
using Saves.Processes;

namespace Saves.Sections;

/// <summary>How long a resume takes: from <see cref="TrainingRun.Open"/> to the verified state in the model, and what the first step takes longer than usual.</summary>
internal static class ResumeSection
{
    private const int Readers = 4;

    public static Section Measure(Settings settings)
    {
        using var folder = settings.NewFolder();
        using var state = new State(settings.Size ?? 1024 * Settings.Megabyte);
        var checkpoints = Path.Combine(folder.Path, "cairn");
        using (var run = Resumer.Open(checkpoints, state))
        {
            run.Restore();
            run.Save(Resumer.Step).Wait();
        }

        var payload = Directory.EnumerateFiles(checkpoints, "model.safetensors", SearchOption.AllDirectories).Single();
        var torchSharp = Path.Combine(folder.Path, "torchsharp.dat");
        state.save(torchSharp);
        using var memory = new MemoryCopy(state.Bytes);
        var read = new BareRead(payload, memory.Memory);

        var rounds = new Rounds(folder.Path, settings.Rounds, warmUp: 1);
        var open = new Series("Cairn, cold: Open alone");
        var verified = new Series("Cairn, cold: from Open to the verified state", state.Bytes);
        var first = new Series("Cairn, cold: what the first step takes longer");
        var resume = new Series("Cairn, cold: resume, all of that", state.Bytes);
        var warm = new Series("Cairn, warm: resume", state.Bytes);
        var load = new Series("TorchSharp load, cold (verifies nothing)", state.Bytes);
        var coldOne = new Series("limit: cold read, 1 reader", state.Bytes);
        var coldMany = new Series($"limit: cold read, {Readers} readers", state.Bytes);
        var warmOne = new Series("limit: warm read, 1 reader", state.Bytes);
        var warmMany = new Series($"limit: warm read, {Readers} readers", state.Bytes);
        rounds.Run(
            () =>
            {
                var resumed = Resumer.Resume(state.Bytes, checkpoints, () => PageCache.Drop(checkpoints));
                rounds.Note(open, resumed.Opened);
                rounds.Note(verified, resumed.Restored);
                rounds.Note(first, resumed.FirstStepLonger);
                rounds.Note(resume, resumed.Total);
            },
            () => rounds.Note(coldOne, read.Cold(1)),
            () => rounds.Note(coldMany, read.Cold(Readers)),
            () => rounds.Note(load, Resumer.Resume(state.Bytes, torchSharp, () => PageCache.Drop(torchSharp)).Total),
            () =>
            {
                read.Warm(Readers); // whatever went before
                rounds.Note(warmOne, read.Warm(1));
                rounds.Note(warmMany, read.Warm(Readers));
            },
            () => rounds.Note(warm, Resumer.Resume(state.Bytes, checkpoints, () => read.Warm(Readers)).Total));

        return new Section($"Resume of {state.Bytes / 1e6:0} MB, in a new process each time", rounds)
        {
            Series = [open, verified, first, resume, warm, load, coldOne, coldMany, warmOne, warmMany],
            Ratios =
            [
                Ratio.Of($"resume: cold read by {Readers} / Cairn", coldMany, resume, Goal.NoLessThan(0.85)),
                Ratio.Of("resume: cold read by 1 / Cairn", coldOne, resume),
                Ratio.Of($"resume: warm read by {Readers} / Cairn, warm", warmMany, warm),
                Ratio.Of("resume: TorchSharp load / Cairn", load, resume),
            ],
        };
    }
}
