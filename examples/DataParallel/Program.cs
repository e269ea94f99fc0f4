// A small network learns to tell two spirals apart, trained by several ranks on CPUs that average their gradients.
//   srun DataParallel [--exchange shared|mpi] [--epochs N] [--stop-after STEP] [--step-delay MS] [--patience SECONDS] [--out FILE]
using DataParallel;

string Option(string name, string otherwise) => Array.IndexOf(args, name) is var at and >= 0 ? args[at + 1] : otherwise;
try
{
    return Training.Run(new Settings
    {
        Exchange = Option("--exchange", "shared"),
        Epochs = long.Parse(Option("--epochs", "40")),
        StopAfter = long.Parse(Option("--stop-after", "-1")),
        StepDelay = int.Parse(Option("--step-delay", "0")),
        Patience = TimeSpan.FromSeconds(double.Parse(Option("--patience", "60"))),
        Output = Option("--out", "spirals.dat"),
    });
}
catch (ExchangeException error)
{
    Console.Error.WriteLine($"DataParallel: error: {error.Message}");
    return 1;
}
