// What the scenarios of Cairn.Slurm.Tests train: five epochs of eight steps, saved at every tenth, and each save takes its time.
//   ScenarioTrainer [--numbers] [--folder FOLDER] [--out FILE] [--epochs N] [--save-seconds S] [--hold STEP [--deaf]] [--no-deadline] [--no-switch] [--no-force] [--requeue-cancelled]
// With --numbers it has a state of plain numbers alone and starts no torch, which takes longer to start than all else here.
// Prints a line for what a test may wait for (see Hold and SlowStorage).
using Cairn;
using ScenarioTrainer;

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 ? args[at + 1] : null;
double? Number(string name) => Option(name) is { } text ? double.Parse(text) : null;

var options = new TrainingRunOptions
{
    Save = SaveSchedule.EverySteps(10),
    Ranks = RankMode.FirstOnly, // these ranks do not wait for each other, so one may be far ahead
    WhenStillSaving = WhenStillSaving.Wait, // which save is left out would depend on how busy the machine is
    ForcedStop = !args.Contains("--no-force"),
    RequeueIfPreemptionCancels = args.Contains("--requeue-cancelled"),
    SwitchRequeueOn = !args.Contains("--no-switch"),
};
if (args.Contains("--no-deadline"))
    options.IgnoreDeadline();
using var run = TrainingRun.Open(Option("--folder"), options);
var storage = new SlowStorage(Number("--save-seconds") ?? 1);
var hold = new Hold((long)(Number("--hold") ?? -1), args.Contains("--deaf"));
var epochs = (long)(Number("--epochs") ?? 5);
var write = args.Contains("--numbers") ? Numbers.Train(run, epochs, storage, hold) : Regression.Train(run, epochs, storage, hold);
int exitCode = run.Finish(() =>
{
    using var file = new BinaryWriter(File.Create(Option("--out") ?? "final.bin"));
    write(file);
    file.Write(storage.Checksum);
});
Console.WriteLine($"exit code {exitCode} at {TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()}");
return exitCode;
