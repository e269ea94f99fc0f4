// How long training waits for a save, and how soon it is durable: Cairn beside TorchSharp's own save and, where Debian's
// python3-torch is installed, torch.save; the same state on the same disk in interleaved rounds, with the machine's limits
// measured in the same rounds.
//   dotnet run -c Release --project benchmarks/Saves -- [--size MB] [--rounds N] [--folder DIR] [--json FILE] [--picture FILE]
using System.Globalization;
using Cairn;
using Saves;

string Option(string name, string otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
if (!long.TryParse(Option("--size", "256"), NumberStyles.None, CultureInfo.InvariantCulture, out var megabytes) || megabytes < 1
    || !int.TryParse(Option("--rounds", "9"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) || rounds < 7)
{
    Console.Error.WriteLine("--size wants megabytes, --rounds at least 7");
    return 2;
}

var folder = Directory.CreateDirectory(Path.Combine(Option("--folder", Path.GetTempPath()), "cairn-saves-" + Guid.NewGuid().ToString("N")[..8])).FullName;
try
{
    TorchSharp.torch.set_num_threads(Environment.ProcessorCount);
    using var state = new State(megabytes);
    using var limits = new Limits(state.Bytes);
    ICompetitor?[] all =
    [
        new TorchSharpSave(state, folder, sync: false),
        new TorchSharpSave(state, folder, sync: true),
        PythonSave.Start(state.Bytes, folder, sync: false),
        PythonSave.Start(state.Bytes, folder, sync: true),
        new CairnSave(state, folder, SaveMode.Synchronous),
        new CairnSave(state, folder, SaveMode.Asynchronous),
    ];
    ICompetitor[] competitors = [.. all.OfType<ICompetitor>()];
    var saves = competitors.Select(one => (Stall: new Series(one.Name, []), Durable: new Series(one.Name, []))).ToList();
    var (copyOne, copyAll, write, noise) = (new Series("copy in memory, 1 thread", []), new Series($"copy in memory, {Environment.ProcessorCount} threads", []), new Series("bare direct-I/O loop, new file", []), new Series("noise", []));
    for (var round = -2; round < rounds; round++)
    {
        for (var i = 0; i < competitors.Length; i++)
        {
            var (stall, durable) = competitors[i].Save();
            Note(saves[i].Stall, stall);
            Note(saves[i].Durable, durable);
        }

        Note(copyOne, limits.Copy(1));
        Note(copyAll, limits.Copy(Environment.ProcessorCount));
        if (limits.Write(folder) is { } seconds)
            Note(write, seconds);
        Note(noise, Limits.Noise());

        // The first two rounds warm everything up.
        void Note(Series series, double value)
        {
            if (round >= 0)
                series.Seconds.Add(value);
        }
    }

    Series[] measured = write.Seconds.Count > 0 ? [copyOne, copyAll, write] : [copyOne, copyAll];
    Console.Write(Report.Table(state.Bytes, saves, measured, noise));
    if (Option("--json", "") is { Length: > 0 } json)
        File.WriteAllText(json, Report.Json(state.Bytes, saves, measured, noise));
    if (Option("--picture", "") is { Length: > 0 } picture)
        File.WriteAllText(picture, Report.Picture(saves, copyOne));
    foreach (var competitor in competitors)
        competitor.Dispose();
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
