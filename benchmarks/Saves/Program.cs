// What saves and resumes cost, beside what others need for the same and what this machine allows; see docs/performance.md.
//   dotnet publish benchmarks/Saves -c Release -o OUT && OUT/Saves --help
using System.CommandLine;
using Saves;
using Saves.Limits;
using Saves.Measuring;
using Saves.Processes;
using Saves.Reports;
using Saves.Sections;

switch (args)
{
    case [Writer.Command, var bytes, var to]:
        Writer.Serve(long.Parse(bytes), to);
        return 0;
    case [RankWriter.Command, var bytes, var share, var to]:
        RankWriter.Serve(long.Parse(bytes), long.Parse(share), to);
        return 0;
    case [Resumer.Command, var bytes, var from]:
        Resumer.Serve(long.Parse(bytes), from);
        return 0;
    case [Attempt.Command, var at]:
        Attempt.Serve(at);
        return 0;
}

var size = new Option<int?>("--size") { Description = "MiB of the state; default: what suits the part. For 'sizes' the largest." };
var rounds = new Option<int>("--rounds") { Description = "Rounds that count, at least 7.", DefaultValueFactory = _ => 9 };
var steps = new Option<int>("--steps") { Description = "For 'overhead': steps of a training in one round.", DefaultValueFactory = _ => 500 };
var folder = new Option<DirectoryInfo>("--folder") { Description = "On the disk that is measured.", DefaultValueFactory = _ => new(Path.GetTempPath()) };
var json = new Option<FileInfo?>("--json") { Description = "Every value of every round goes here." };
var picture = new Option<FileInfo?>("--picture") { Description = "A picture (SVG) goes here." };
size.Validators.Add(result => Demand(result.GetValueOrDefault<int?>() is null or (>= 1 and <= 65536), "--size wants MiB, 1 to 65536", result.AddError));
rounds.Validators.Add(result => Demand(result.GetValueOrDefault<int>() >= 7, "--rounds wants at least 7: of fewer the middle half says nothing", result.AddError));
steps.Validators.Add(result => Demand(result.GetValueOrDefault<int>() >= 1, "--steps wants at least 1", result.AddError));

(string Name, string Description, Func<Settings, IEnumerable<Section>> Measure)[] parts =
[
    ("saves", "stall and durable time beside TorchSharp and torch.save", settings => [SavesSection.Measure(settings)]),
    ("resume", "from Open to the verified state, and the first step", settings => [ResumeSection.Measure(settings)]),
    ("overhead", "what saves add to a training", OverheadSection.Measure),
    ("sizes", "64 MiB to 4 GiB, and the lines through them", SizesSection.Measure),
    ("history", "opening and stopping after 1000 attempts and 1,000,000 saves", settings => [HistorySection.Measure(settings)]),
    ("tensors", "100,000 tiny tensors", settings => [TensorsSection.Measure(settings)]),
    ("processes", "1 to 8 writing processes", settings => [ProcessesSection.Measure(settings)]),
    ("ranks", "one checkpoint by 1 to 4 ranks, in shares", settings => [RanksSection.Measure(settings, settings.Size ?? 512 * Settings.Megabyte), RanksSection.Measure(settings, Settings.Megabyte)]),
];

var wanted = new Argument<string[]>("parts") { Description = string.Join("; ", parts.Select(part => $"{part.Name}: {part.Description}")) + "; or all.", Arity = ArgumentArity.OneOrMore };
wanted.AcceptOnlyFromAmong([.. parts.Select(part => part.Name), "all"]);
var root = new RootCommand("Measures what Cairn's saves and resumes cost, beside others and beside what the machine allows in the same rounds.") { wanted, size, rounds, steps, folder, json, picture };
root.SetAction(parsed =>
{
    TorchSharp.torch.set_num_threads(Environment.ProcessorCount);
    using var own = new OwnFolder(Path.Combine(parsed.GetRequiredValue(folder).FullName, "cairn-saves-" + Guid.NewGuid().ToString("N")[..8]));
    var settings = new Settings(own.Path, parsed.GetValue(size) * Settings.Megabyte, parsed.GetValue(rounds), parsed.GetValue(steps));
    var machine = Machine.Describe(own.Path);
    Console.WriteLine(machine);
    var names = parsed.GetRequiredValue(wanted);
    var sections = new List<Section>();
    foreach (var section in parts.Where(part => names.Contains(part.Name) || names.Contains("all")).SelectMany(part => part.Measure(settings)))
    {
        Console.Write(TextReport.Of(section));
        sections.Add(section);
    }

    if (parsed.GetValue(json) is { } jsonFile)
        File.WriteAllText(jsonFile.FullName, JsonReport.Of(machine, sections));
    if (parsed.GetValue(picture) is { } pictureFile)
        File.WriteAllText(pictureFile.FullName, Picture.Of(sections));
});
return root.Parse(args).Invoke();

static void Demand(bool isRight, string otherwise, Action<string> complain)
{
    if (!isRight)
        complain(otherwise);
}
