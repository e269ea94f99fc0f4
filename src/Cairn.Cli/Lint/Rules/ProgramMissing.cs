using Cairn.Cli.BatchScripts;
using Cairn.Cli.BatchScripts.Launches;

namespace Cairn.Cli.Lint.Rules;

/// <summary>pyhton train.py, python trian.py.</summary>
internal static class ProgramMissing
{
    public static LintRule Rule { get; } = new("CAIRN081", Level.Warning, "there is no such program", Check);

    private static readonly string[] Programs = ["python", "python3", "srun", "torchrun", "accelerate", "deepspeed", "mpirun", "mpiexec", "Rscript", "julia", "matlab", "apptainer", "singularity", "dotnet", "bash", "cairn", "module", "source", "conda", "export", "scontrol", "sbatch"];

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        // Behind a cd it is another folder, and what sources others may define a function of that name.
        foreach (var launch in script.Flow.Launches.DistinctBy(launch => launch.Command.Line))
        {
            if (launch.Program is not [{ IsLiteral: true } first, ..])
                continue;
            if (!first.Text.Contains('/', StringComparison.Ordinal) && !launch.MayStartSteps && !KnownPrograms.Contains(first.Text) && Array.Find(Programs, known => known.Length > 3 && Misprints.IsOne(first.Text, known)) is { } program)
                yield return new(first.Line, $"There is hardly a program '{first.Text}': the script fails here, after the job has waited in the queue.", $"Did you mean {program}?");
            else if (launch.Program.Skip(1).FirstOrDefault(word => !word.Text.StartsWith('-')) is { IsLiteral: true } file && file.Text.EndsWith(".py", StringComparison.Ordinal) && IsPython(first.Text)
                && script.Find("chdir") is null && !script.Flow.Before(launch.Command).Any(command => command.Name is "cd" or "pushd" or "git" or "wget" or "curl" or "cp" or "tar" or "unzip") && script.Around.Misspelt(file.Text) is { } near)
                yield return new(file.Line, $"'{file.Text}' is neither here nor beside the script, but {near} is: the program fails at once, after the job has waited in the queue.", $"Did you mean {near}?");
        }
    }

    private static bool IsPython(string name) => Path.GetFileName(name).StartsWith("python", StringComparison.Ordinal) || name is "torchrun";
}
