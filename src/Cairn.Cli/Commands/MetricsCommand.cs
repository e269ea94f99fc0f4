using System.CommandLine;
using Cairn.Cli.Inspection;
using Cairn.Cli.Inspection.Reports;
using Cairn.Cli.Output;
using Cairn.Cli.Stories;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn metrics</c>.</summary>
internal static class MetricsCommand
{
    private const string Table = "table";
    private const string Csv = "csv";
    private const string Json = "json";

    private const string Description =
        """
        What a run has reported (run.Report), over all its attempts: a line a metric, or every value as CSV or JSON, or as a file for TensorBoard.

        Examples:
          cairn metrics
          cairn metrics checkpoints --metric val_loss --format csv > val_loss.csv
          cairn metrics checkpoints --tensorboard runs/first && tensorboard --logdir runs

        A step that several attempts did counts once: what an attempt reported beyond the step from which a later one went on is left
        out. Steps are completed steps, as in the names of checkpoints; times are UTC. A run in progress can be looked at; what it has
        reported is there after a second, or the step. Where cairn run keeps several runs in one folder the newest's reports are shown
        (.cairn-run/CLUSTER-JOB names one by its newest job). Nothing is changed in the folder.

        Exit codes:
          0    written
          2    there is no such folder or metric, or the command line is wrong
          3    a file could not be read now; the others are written
          69   the file for TensorBoard could not be written
        """;

    public static Command Create()
    {
        var folder = new Argument<string?>("FOLDER") { Description = $"the checkpoint folder [{FolderWords.Default}]", Arity = ArgumentArity.ZeroOrOne };
        var names = new Option<string[]>("--metric") { HelpName = "NAME", Description = "this metric alone; may be given several times", Arity = ArgumentArity.OneOrMore };
        var format = new Option<string?>("--format") { HelpName = "table|csv|json", Description = "how it is written to standard output [table]" };
        var board = new Option<string?>("--tensorboard") { HelpName = "DIR", Description = "write an event file of TensorBoard into this folder, in place of the one of last time" };
        var command = new Command("metrics", Description) { folder, names, format, board };
        command.SetAction(parsed =>
        {
            var form = parsed.GetValue(format);
            if (form is not (null or Table or Csv or Json))
                throw new UsageException($"--format {form}: use {Table}, {Csv} or {Json}.");
            if (form is not null && parsed.GetValue(board) is not null)
                throw new UsageException("--tensorboard writes a file, --format says what goes to standard output: choose one of them.");
            var words = FolderWords.Read(parsed.GetValue(folder) is { } given ? [given] : []);
            if (words.Steps.Count > 0)
                throw new UsageException($"cairn metrics takes a whole folder; what one checkpoint carries is shown by cairn show {parsed.GetValue(folder)}.");
            var place = Newest(words.Folder);
            var found = FoundMetrics.In(place);
            foreach (var problem in found.Problems)
                Console.Error.WriteLine($"cairn: {problem}");
            var metrics = MetricSeries.Of(found, parsed.GetValue(names) ?? []);
            if (parsed.GetValue(board) is { } target)
                Console.Out.WriteLine($"{TensorBoardFile.Write(target, metrics)}: {metrics.Sum(metric => metric.Points.Count)} values of {metrics.Count} metric(s)");
            else if (form == Json)
                WriteJson(place, metrics, found.History.LeftOut);
            else if (form == Csv)
                MetricsReport.WriteCsv(metrics, Console.Out);
            else
                MetricsReport.WriteTable(place, metrics, found.History.LeftOut, Tables.Console());
            return found.IsUnreadable ? VerifyCommand.UnreadableExitCode : ExitCodes.Success;
        });
        return command;
    }

    // Of several runs that cairn run keeps in one folder the newest.
    private static string Newest(string folder)
    {
        var runs = RunJournals.RunsIn(folder);
        if (runs.Count > 1)
            Console.Error.WriteLine($"cairn: {runs.Count} runs of cairn run are told of in {folder}: this is the newest, {runs[^1]}; name another's folder to see that");
        return runs[^1];
    }

    private static void WriteJson(string folder, IReadOnlyList<MetricSeries> metrics, int leftOut)
    {
        using var output = Console.OpenStandardOutput();
        MetricsReport.WriteJson(folder, metrics, leftOut, output);
    }
}
