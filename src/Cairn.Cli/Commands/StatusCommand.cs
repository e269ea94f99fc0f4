using System.CommandLine;
using Cairn.Cli.Output;
using Cairn.Cli.Stories;
using Cairn.Cli.Stories.Reports;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn status</c>.</summary>
internal static class StatusCommand
{
    private const int WrongExitCode = 1;
    private const string Table = "table";
    private const string Json = "json";
    private const string Prometheus = "prometheus";

    private static readonly TimeSpan Often = TimeSpan.FromSeconds(5);

    private const string Description =
        """
        Shows where runs stand: state, attempt, steps, rate, time to the end, newest checkpoint, why the last attempt ended, and what is wrong.

        Examples:
          cairn status                              your jobs in the queue, and the runs below this folder
          cairn status 4711                         one job
          cairn status /scratch/run7/checkpoints    one folder
          cairn status --watch                      again and again, until Ctrl-C
          cairn status --format prometheus > /var/lib/node_exporter/cairn.prom.new

        The last line says whether all is well. A run is well that runs and gets on, waits in the queue, has finished, or was ended on
        purpose. Nothing is changed in a folder.

        Exit codes:
          0    all is well, or there is no run
          1    something is wrong with a run: the last column says what
          2    there is no such job or folder, or the command line is wrong
        """;

    public static Command Create()
    {
        var words = new Argument<string[]>("JOB | FOLDER") { Description = "jobs by their ids, and checkpoint folders or what lies above them [the queue, and this folder]", Arity = ArgumentArity.ZeroOrMore };
        var watch = new Option<bool>("--watch") { Description = $"show it anew every {Often.TotalSeconds:0} s; where it does not go to a terminal, a line for each change" };
        var format = new Option<string>("--format") { HelpName = "table|json|prometheus", Description = "how it is written to standard output", DefaultValueFactory = _ => Table };
        var command = new Command("status", Description) { words, watch, format };
        command.SetAction(parsed =>
        {
            var (form, asked) = (parsed.GetValue(format)!, parsed.GetValue(words) ?? []);
            if (form is not (Table or Json or Prometheus))
                throw new UsageException($"--format {form}: use {Table}, {Json} or {Prometheus}.");
            if (!parsed.GetValue(watch))
                return Show(asked, form);
            return form == Table ? Watch(asked) : throw new UsageException($"--watch is for people: leave out --format {form}.");
        });
        return command;
    }

    private static int Show(string[] words, string form)
    {
        var now = TimeProvider.System.GetUtcNow();
        var (runs, remarks) = Look(words, now);
        if (form == Json)
            Console.Out.WriteLine(StatusReport.Json(runs, remarks, now));
        else if (form == Prometheus)
            Console.Out.Write(PrometheusText.Of(runs));
        else
            StatusReport.WriteTable(runs, now, Tables.Console());
        if (form != Json)
            Tell(remarks);
        return StatusReport.Verdict(runs).IsWell ? ExitCodes.Success : WrongExitCode;
    }

    private static int Watch(string[] words)
    {
        var isLive = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        var changes = new WatchedRuns();
        for (var isFirst = true; ; isFirst = false)
        {
            var now = TimeProvider.System.GetUtcNow();
            IReadOnlyList<RunStatus> runs = [];
            IReadOnlyList<string> remarks;
            try
            {
                (runs, remarks) = Look(words, now);
            }
            catch (UsageException error) when (!isFirst)
            {
                remarks = [error.Message]; // what was there is gone, and may come back: a queue that does not answer, a requeue
            }

            if (isLive)
            {
                // What stood there goes; what has scrolled away stays.
                Terminal.Output.Write("\e[H\e[2J");
                StatusReport.WriteTable(runs, now, Tables.Console());
                Tell(remarks);
            }
            else
            {
                foreach (var line in changes.Of(runs, remarks, now))
                    Console.Out.WriteLine($"{now:yyyy-MM-ddTHH:mm:ssZ} {line}");
            }

            Thread.Sleep(Often);
        }
    }

    private static (IReadOnlyList<RunStatus> Runs, IReadOnlyList<string> Remarks) Look(string[] words, DateTimeOffset now)
    {
        var search = RunSearch.Find(words);
        List<RunStatus> runs = [];
        foreach (var run in search.Runs)
            runs.Add(run.Look(now));
        return (runs, search.Remarks);
    }

    private static void Tell(IReadOnlyList<string> remarks)
    {
        foreach (var remark in remarks)
            Console.Error.WriteLine($"cairn: {remark}");
    }
}
