using System.CommandLine;
using System.Text;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.BatchScripts.Writing;
using Cairn.Cli.Lint;
using Cairn.Cli.Lint.Reports;
using Cairn.Cli.Output;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn script</c>.</summary>
internal static class ScriptCommand
{
    private const string Description =
        """
        Writes a batch script that is warned in time, keeps its log and comes back.

        Examples:
          cairn script --time 12h --gpus-per-node 1 -- python train.py > job.sh
          cairn script --time 1d --nodes 2 --ntasks-per-node 4 --module cuda/12.4 --output job.sh -- python train.py
          cairn script --time 12h --launcher srun -- ./train --lr 3e-4     the program handles the warning itself
          cairn script --config job.toml --output job.sh                   from the file that cairn init writes
          cairn script --config job.toml --format json                     for programs: path, text, directives, findings

        The script is linted as it is written; limits and partitions are compared with the cluster's where scontrol answers.
        sbatch needs the log folder before the job starts: with --output it is made, else its command is told.

        Exit codes:
          0    written; nothing was found in it
          1    written, but cairn lint has warnings or errors about it: they stand on standard error
          2    an option or the file is wrong, and nothing was written
          69   the file or the log folder could not be written
        """;

    public static Command Create()
    {
        var options = new JobOptions();
        var output = new Option<string?>("--output", "-o") { HelpName = "FILE", Description = "where the script is written [standard output]" };
        var format = OutputFormat.Option("text", "what is written to standard output: the script; or that, its directives and its findings");
        var words = new Argument<string[]>("-- PROGRAM ARGS") { Description = "the program and its arguments", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("script", Description) { words, output, format };
        foreach (var option in options.All)
            command.Add(option);
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!, "text");
            var (before, program) = JobOptions.Split(parsed, words);
            if (before.Length > 0)
                throw new UsageException($"'{before[0]}': the program goes after --.");
            var plan = JobPlanner.Plan(options.Read(parsed, program));
            var text = ScriptWriter.Write(plan);
            var path = parsed.GetValue(output);
            if (path is not null)
            {
                if (Directory.Exists(path))
                    throw new UsageException($"--output {path}: is a directory.");
                Directory.CreateDirectory(plan.Logs);
                File.WriteAllText(path, text);
            }

            var name = path ?? "job.sh";
            var findings = JobOptions.Lint(name, text, [plan.Logs]);
            if (json)
                Console.Out.WriteLine(ScriptJson.Write(path, BatchScript.Parse(name, Encoding.UTF8.GetBytes(text)), text, [plan.Logs], findings));
            else
                Say(path, text, plan.Logs, findings);
            return findings.Any(finding => finding.Level >= Level.Warning) ? LintCommand.FindingsExitCode : LintCommand.SoundExitCode;
        });
        return command;
    }

    private static void Say(string? path, string text, string logs, IReadOnlyList<Finding> findings)
    {
        if (path is null)
        {
            // What goes into a file is the script, byte for byte.
            (Console.IsOutputRedirected ? Terminal.Output : Console.Out).Write(text);
            if (!Directory.Exists(logs))
                Console.Error.WriteLine($"cairn: before sbatch: mkdir -p {Quoting.ForBash(logs)}");
        }

        if (findings.Count > 0)
            LintTable.Write([new(path ?? "standard output", null, [], findings)], Terminal.Console(Console.Error), !Console.IsErrorRedirected);
    }
}
