using System.CommandLine;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.Help;
using Cairn.Cli.Lint;
using Cairn.Cli.Lint.Reports;
using Cairn.Cli.Output;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn lint</c>.</summary>
internal static class LintCommand
{
    public const int SoundExitCode = 0;
    public const int FindingsExitCode = 1;
    public const int UnreadExitCode = 2;

    private const string Description =
        """
        Reads batch scripts as sbatch and bash do, and says what will go wrong when Slurm stops the job.

        Examples:
          cairn lint job.sh
          cairn lint --fix job.sh              mend what is safe to mend
          cairn lint --checkpoints ckpt job.sh compare the warning's lead with the times in the run's journal
          cairn lint --format sarif jobs/*.sh > lint.sarif

        # cairn: ignore CAIRN030 because the save takes two seconds
        on a line of its own silences the rule in the whole script, behind something in that line.

        A job that asks for no warning and no requeue is a plain job: most rules leave it alone. Where scontrol answers, time
        limits are compared with the cluster's partitions. docs/lint.md explains every rule.

        Exit codes:
          0    sound: nothing found, or notes alone
          1    warnings or errors were found (with --fix: are left)
          2    a script could not be read or mended, or the command line is wrong
        """;

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "batch scripts", Arity = ArgumentArity.OneOrMore };
        var fix = new Option<bool>("--fix") { Description = "mend what is safe to mend, in the files" };
        var format = new Option<string>("--format") { HelpName = "table|json|sarif", Description = "how the findings are written to standard output", DefaultValueFactory = _ => "table" };
        var level = new Option<string>("--level") { HelpName = "note|warning|error", Description = "leave out what weighs less", DefaultValueFactory = _ => "note" };
        var times = new Option<string?>("--step-and-save") { HelpName = "DURATION", Description = $"how long the longest step and a save take together: {Durations.Forms}" };
        var checkpoints = new Option<string?>("--checkpoints") { HelpName = "DIR", Description = "a checkpoint folder, whose journal knows how long steps and saves take" };
        var command = new Command("lint", Description) { files, fix, format, level, times, checkpoints };
        command.SetAction(parsed =>
        {
            // What the parser does not know as an option it takes for a file.
            if (Array.Find(parsed.GetValue(files)!, path => path.Length > 1 && path[0] == '-') is { } unknown)
                throw new UsageException($"{UnknownWord.Option(command, unknown)} A file of that name is ./{unknown}.");
            var from = Least(parsed.GetValue(level)!);
            var write = Writer(parsed.GetValue(format)!);
            var known = Known(parsed.GetValue(times), parsed.GetValue(checkpoints));
            var cluster = Cluster.Ask();
            LintedFile[] linted =
            [
                .. parsed.GetValue(files)!.Select(path => Lint(path, parsed.GetValue(fix), from, SurroundingsReader.Of(path, cluster, known))),
            ];
            foreach (var file in linted.Where(file => file.Error is not null))
                Console.Error.WriteLine($"cairn: {file.Error}");
            write(linted);
            if (linted.Any(file => file.Error is not null))
                return UnreadExitCode;
            return linted.SelectMany(file => file.Findings).Any(finding => finding.Level >= Level.Warning) ? FindingsExitCode : SoundExitCode;
        });
        return command;
    }

    private static LintedFile Lint(string path, bool fix, Level from, Surroundings around)
    {
        try
        {
            var file = ScriptFile.Read(path);
            var (text, mended, left) = fix ? Fixer.Mend(path, file.Text, around, BashSyntax.Takes) : (file.Text, [], []);
            foreach (var finding in left)
                Console.Error.WriteLine($"cairn: {path}:{finding.Flaw.Line}: {finding.Rule.Id} was not mended: more than its line would have changed. Do it by hand: {finding.Flaw.Advice}");
            if (mended.Count > 0)
                file.Write(text);
            return new(path, null, mended, [.. Linter.Check(LintedScript.Parse(path, text, around)).Where(finding => finding.Level >= from)]);
        }
        catch (BatchScriptException error)
        {
            return new(path, error.Message, [], []);
        }
    }

    private static Level Least(string text) => text switch
    {
        "note" => Level.Note,
        "warning" => Level.Warning,
        "error" => Level.Error,
        _ => throw new UsageException($"--level {text}: use note, warning or error."),
    };

    private static Action<IReadOnlyList<LintedFile>> Writer(string format) => format switch
    {
        "table" => files => LintTable.Write(files, Terminal.Console(Console.Out), !Console.IsOutputRedirected),
        "json" => files => Console.Out.WriteLine(LintJson.Write(files)),
        "sarif" => files => Console.Out.WriteLine(Sarif.Write(files)),
        _ => throw new UsageException($"--format {format}: use table, json or sarif."),
    };

    private static (TimeSpan Time, string Source)? Known(string? times, string? checkpoints)
    {
        if (times is not null)
            return Durations.TryParse(times, out var time) ? (time, "--step-and-save") : throw new UsageException($"--step-and-save {times} is no duration; write {Durations.Forms}.");
        if (checkpoints is null)
            return null;
        if (!Directory.Exists(checkpoints))
            throw new UsageException($"--checkpoints {checkpoints}: there is no such folder.");
        return SurroundingsReader.StepAndSave(checkpoints) is { } known
            ? (known, $"by the journal in {checkpoints}")
            : throw new UsageException($"--checkpoints {checkpoints}: its journal tells of no step and no save yet.");
    }
}
