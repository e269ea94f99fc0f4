using System.CommandLine;
using System.Globalization;
using System.Text;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.BatchScripts.Writing;
using Cairn.Cli.Lint;
using Cairn.Cli.Lint.Reports;
using Cairn.Cli.Output;
using Cairn.Cli.Submissions;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn submit</c>.</summary>
internal static class SubmitCommand
{
    private const int LongestChain = 1000;

    private const string Description =
        """
        Writes a batch script, or takes one, lints it, records it and gives it to sbatch. Prints the job's id.

        Examples:
          cairn submit --time 12h --gpus-per-node 1 -- python train.py
          cairn submit --config job.toml
          cairn submit job.sh                    a script that is there; what stands after -- are its arguments
          cairn submit --dry-run --config job.toml
          cairn submit --chain 5 job.sh          five jobs, each after the one before: for clusters that forbid requeues.
                                                 When the work is finished, cairn run cancels the rest

        The record in .cairn/submissions has a hash of the script and of each file of the code; CAIRN_SUBMISSION names it to
        the job, so that cairn run can warn at a later attempt when the code has changed. Folders of logs are made.

        Exit codes:
          0    submitted; with --dry-run: would be
          1    cairn lint has warnings or errors about it: nothing was submitted (--force does it all the same)
          2    an option or a file is wrong, and nothing was submitted
          69   sbatch is not there, refused, or did not say the job's id, which may be queued then: standard error tells
        """;

    public static Command Create()
    {
        var options = new JobOptions();
        var dryRun = new Option<bool>("--dry-run") { Description = "show what would be done" };
        var force = new Option<bool>("--force") { Description = "submit although cairn lint has warnings or errors" };
        var chain = new Option<int>("--chain") { HelpName = "N", Description = "submit N jobs, each after the one before", DefaultValueFactory = _ => 1 };
        var code = new Option<string?>("--code") { HelpName = "DIR", Description = "the folder of the code [this one]" };
        var format = OutputFormat.Option("text", "what is written to standard output");
        var words = new Argument<string[]>("SCRIPT | -- PROGRAM ARGS") { Description = "a batch script; or, after --, the program that one is written for", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("submit", Description) { words, dryRun, force, chain, code, format };
        foreach (var option in options.All)
            command.Add(option);
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!, "text");
            var jobs = parsed.GetValue(chain) is >= 1 and <= LongestChain and var number ? number : throw new UsageException($"--chain {parsed.GetValue(chain)}: use 1 to {LongestChain}.");
            var (before, after) = JobOptions.Split(parsed, words);
            var job = Prepare(options.Read(parsed, before.Length > 0 ? [] : after), before, after);
            var folder = parsed.GetValue(code) ?? ".";
            if (!Directory.Exists(folder))
                throw new UsageException($"--code {folder}: there is no such folder.");

            var linted = LintedScript.Parse(job.Script, job.Text, Surroundings.Unknown);
            if (jobs > 1 && linted.Wishes.IsArray)
                throw new UsageException("--chain and an array do not go together: one element that is finished would end the others' chain.");
            if (jobs > 1 && linted.IsUnderstood && !linted.Flow.Launches.Any(launch => launch.UnderCairn || launch.MayStartSteps))
                Console.Error.WriteLine($"cairn: nothing in the script runs under cairn run, so nothing ends the chain before its end: all {jobs} jobs will run");
            var logs = LogFolders.Of(linted);
            var findings = JobOptions.Lint(job.Script, job.Text, logs);
            if (findings.Count > 0)
                LintTable.Write([new(job.Script, null, [], findings)], Terminal.Console(Console.Error), !Console.IsErrorRedirected);
            if (findings.Any(finding => finding.Level >= Level.Warning) && !parsed.GetValue(force))
            {
                Console.Error.WriteLine("cairn: nothing was submitted; --force does it all the same");
                return LintCommand.FindingsExitCode;
            }

            if (linted.Find("export")?.Value is "NONE" or "NIL")
                Console.Error.WriteLine($"cairn: --export={linted.Find("export")!.Value} keeps {Submission.Variable} from the job: changed code will not be noticed");
            var submission = Record(job, Path.GetFullPath(folder), logs, jobs, linted.Find("export")?.Value, before.Length > 0 ? after : []);
            if (parsed.GetValue(dryRun))
            {
                Say(SubmitReport.Of(submission, [], findings.Count, dryRun: true, logs), json, job);
                return ExitCodes.Success;
            }

            return Submit(submission, job, logs, findings.Count, json);
        });
        return command;
    }

    private static int Submit(Submission submission, PreparedJob job, IReadOnlyList<string> logs, int findings, bool json)
    {
        foreach (var log in logs)
            Directory.CreateDirectory(log);
        Directory.CreateDirectory(Path.GetDirectoryName(submission.RecordFile)!);
        if (job.WrittenHere)
            File.WriteAllText(submission.Record.Script, job.Text);
        var (ids, problem, mayBeQueued) = Submitter.Submit(submission);
        if (problem is null)
        {
            Say(SubmitReport.Of(submission, ids, findings, dryRun: false, logs), json, job);
            return ExitCodes.Success;
        }

        Console.Error.WriteLine($"cairn: {problem}");
        if (ids.Count > 0)
            Console.Error.WriteLine($"cairn: of the chain these were submitted: {string.Join(' ', ids)}");
        else if (job.WrittenHere && !mayBeQueued)
            File.Delete(submission.Record.Script);
        return ExitCodes.RequeueFailed;
    }

    private static PreparedJob Prepare(JobValues values, string[] before, string[] after)
    {
        if (before.Length == 0)
        {
            var plan = JobPlanner.Plan(values);
            return new("the script", ScriptWriter.Write(plan), WrittenHere: true, plan.Checkpoints);
        }

        if (before.Length > 1)
            throw new UsageException($"'{before[1]}': one script at a time; its arguments go after --.");
        if (!values.IsEmpty)
            throw new UsageException($"{before[0]} is a script that is there: its settings stand in its #SBATCH lines, not in options.");
        return new(before[0], ScriptFile.Read(before[0]).Text, WrittenHere: false, Checkpoints: null);
    }

    private static Submission Record(PreparedJob job, string code, IReadOnlyList<string> logs, int jobs, string? export, IReadOnlyList<string> arguments)
    {
        var now = TimeProvider.System.GetUtcNow();
        var name = $"{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{Environment.ProcessId}";
        var folder = Path.GetFullPath(Path.Combine(".cairn", "submissions"));
        string[] noCode = [.. logs.Select(Path.GetFullPath), .. job.Checkpoints is { } checkpoints ? [Path.GetFullPath(checkpoints)] : Array.Empty<string>(), Path.GetFullPath("checkpoints")];
        var (files, isWhole) = CodeFolder.Scan(code, noCode);
        var script = job.WrittenHere ? Path.Combine(folder, name + ".sh") : Path.GetFullPath(job.Script);
        var bytes = job.WrittenHere ? Encoding.UTF8.GetBytes(job.Text) : BatchScript.ReadBytes(script);
        return new(
            Path.Combine(folder, name + ".json"),
            new(SubmissionRecord.Current, now, script, SubmissionRecord.HashOf(bytes), job.WrittenHere, code, noCode, files, isWhole, []) { Arguments = arguments },
            arguments, export, jobs);
    }

    private static void Say(SubmitReport report, bool json, PreparedJob job)
    {
        if (json)
        {
            Console.Out.WriteLine(report.ToJson());
            return;
        }

        if (!report.DryRun)
        {
            foreach (var id in report.JobIds)
                Console.Out.WriteLine(id);
            return;
        }

        foreach (var folder in report.LogFolders.Where(folder => !Directory.Exists(folder)))
            Console.Out.WriteLine(Printable.Of($"would make the folder {folder}"));
        if (job.WrittenHere)
            Console.Out.Write($"would write {report.Script}:\n{job.Text}\n");
        Console.Out.WriteLine(Printable.Of($"would record {report.CodeFiles} file{(report.CodeFiles == 1 ? "" : "s")} of {report.CodeFolder} in {report.Record}"));
        foreach (var call in report.Commands)
            Console.Out.WriteLine($"would run {string.Join(' ', call.Select(Quoting.ForBash))}");
    }

    private sealed record PreparedJob(string Script, string Text, bool WrittenHere, string? Checkpoints);
}
