using System.Globalization;
using Saves.Measuring;
using Saves.Processes;

namespace Saves.Sections;

/// <summary>What a long history costs: opening and stopping in a folder of very many attempts and saves beside a fresh one.</summary>
internal static class HistorySection
{
    private const int Attempts = 1000, SavesEach = 1000;

    public static Section Measure(Settings settings)
    {
        using var folder = settings.NewFolder();
        var old = Path.Combine(folder.Path, "old");
        Write(Path.Combine(old, "attempts"));
        var rounds = new Rounds(folder.Path, settings.Rounds);
        var openFresh = new Series("Open, a fresh folder");
        var stopFresh = new Series("stop, a fresh folder");
        var openOld = new Series("Open, the long history");
        var stopOld = new Series("stop, the long history");
        var fresh = 0;
        rounds.Run(() => Note(openFresh, stopFresh, Path.Combine(folder.Path, $"fresh-{fresh++}")), () => Note(openOld, stopOld, old));
        return new Section($"{Attempts} attempts and {Attempts * SavesEach:N0} saves in the journals, a new process each time", rounds)
        {
            Series = [openFresh, openOld, stopFresh, stopOld],
            Ratios =
            [
                new Ratio("Open takes longer by, seconds", [.. openOld.Seconds.Zip(openFresh.Seconds, (one, other) => one - other)], Goal.NoMoreThan(0.2)),
                new Ratio("the stop takes longer by, seconds", [.. stopOld.Seconds.Zip(stopFresh.Seconds, (one, other) => one - other)], Goal.NoMoreThan(0.1)),
            ],
        };

        void Note(Series open, Series stop, string path)
        {
            var (opened, stopped) = Attempt.Make(path);
            rounds.Note(open, opened);
            rounds.Note(stop, stopped);
        }
    }

    // As docs/journal.md describes it, for attempts that were killed: those are the ones that have to be read for how they ended.
    private static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        const string time = "\"time\":\"2026-05-01T12:00:00.1234567+00:00\"";
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            using var journal = new StreamWriter(Path.Combine(folder, attempt.ToString("0000", CultureInfo.InvariantCulture) + ".jsonl"));
            var step = (attempt - 1L) * SavesEach * 10;
            journal.WriteLine($"{{\"event\":\"attempt-started\",\"attempt\":{attempt},\"job\":\"17\",\"restarts\":{attempt - 1},\"world_size\":1,\"process\":{{\"host\":\"{Environment.MachineName}\",\"boot\":\"another\",\"pid\":1,\"start_ticks\":1}},\"program\":\"train\",\"cairn_version\":\"0.1.0\",{time}}}");
            journal.WriteLine($"{{\"event\":\"folder-taken\",\"newest_checkpoint\":{step},{time}}}");
            journal.WriteLine($"{{\"event\":\"remembered\",\"fruitless\":[],\"warned_lead_seconds\":0,{time}}}");
            journal.WriteLine($"{{\"event\":\"resumed\",\"step\":{step},\"checkpoint\":\"step-{step:0000000000}\",\"bytes\":4096,\"seconds\":0.1,\"skipped\":[],\"condition_changes\":[],{time}}}");
            for (var save = 1; save <= SavesEach; save++)
            {
                step += 10;
                journal.WriteLine($"{{\"event\":\"progress\",\"step\":{step},\"steps\":10,\"mean_seconds\":0.1234,\"deviation_seconds\":0.0123,\"longest_seconds\":0.2345,\"metrics\":{{\"loss\":0.5}},{time}}}");
                journal.WriteLine($"{{\"event\":\"saved\",\"step\":{step},\"reason\":\"schedule\",\"bytes\":4096,\"seconds\":0.01,\"durable_seconds\":0.05,{time}}}");
            }
        }
    }
}
