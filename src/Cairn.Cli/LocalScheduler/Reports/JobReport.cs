using System.Text.Json;
using Cairn.JsonForms;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.SlurmForms;
using Spectre.Console;

namespace Cairn.Cli.LocalScheduler.Reports;

/// <summary>The story of the job, for programs (JSON) and for people (a table).</summary>
/// <param name="JobId">SLURM_JOB_ID.</param>
/// <param name="Commands">Where the job's commands were while it ran.</param>
/// <param name="State">Slurm's final state; PENDING when --max-attempts ended it.</param>
/// <param name="ExitCode">What <c>cairn local</c> exits with.</param>
/// <param name="Attempts">In their order.</param>
internal sealed record JobReport(int JobId, string Commands, string State, int ExitCode, IReadOnlyList<AttemptReport> Attempts)
{
    public static JobReport Of(int jobId, string commands, Job job) => new(
        jobId,
        commands,
        job.Outcome!.State.Name(),
        job.Outcome.ExitCode,
        [.. job.Attempts.Select(attempt => new AttemptReport(
            attempt.Number, attempt.Started, Math.Round(attempt.Ran.TotalSeconds, 3), attempt.Ending, attempt.Exit?.Code, attempt.Exit is { Signal: > 0 } end ? end.Signal : null))]);

    public string Json() => JsonWriting.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("job_id", JobId);
        json.WriteString("commands", Commands);
        json.WriteString("state", State);
        json.WriteNumber("exit_code", ExitCode);
        json.WriteStartArray("attempts");
        foreach (var attempt in Attempts)
            attempt.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public void WriteTable(IAnsiConsole console)
    {
        var table = new Table().Border(console.Profile.Capabilities.Unicode ? TableBorder.Rounded : TableBorder.Ascii);
        table.AddColumn(new TableColumn("attempt").RightAligned());
        table.AddColumn(new TableColumn("ran for").RightAligned());
        table.AddColumn("ended");
        table.AddColumn(new TableColumn("exit code").RightAligned());
        foreach (var attempt in Attempts)
        {
            table.AddRow(
                attempt.Number.ToString(System.Globalization.CultureInfo.InvariantCulture),
                Durations.Format(TimeSpan.FromSeconds(attempt.Seconds)),
                Coloured(attempt.Ending),
                attempt.ExitText);
        }

        console.Write(table);
        console.MarkupLineInterpolated($"job {JobId}: {State}, exit code {ExitCode}");
    }

    private static string Coloured(AttemptEnding ending)
    {
        var colour = ending switch
        {
            AttemptEnding.Finished => "green",
            AttemptEnding.Failed or AttemptEnding.Limit or AttemptEnding.PreemptedAndLost or AttemptEnding.Cancelled => "red",
            _ => "yellow",
        };
        return $"[{colour}]{Markup.Escape(ending.Text())}[/]";
    }
}

/// <summary>One attempt.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Started">When.</param>
/// <param name="Seconds">How long it ran.</param>
/// <param name="Ending">Why it ended.</param>
/// <param name="ExitCode">Null when it was killed with everything else.</param>
/// <param name="Signal">The signal that ended it before, if one did.</param>
internal sealed record AttemptReport(int Number, DateTimeOffset Started, double Seconds, AttemptEnding Ending, int? ExitCode, int? Signal)
{
    public string ExitText => (ExitCode, Signal) switch
    {
        (_, { } signal) => $"SIG{SlurmSignals.Format(signal)}",
        ({ } code, _) => code.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => "killed",
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("number", Number);
        json.WriteString("started", Started);
        json.WriteNumber("seconds", Seconds);
        json.WriteString("ending", Ending.ToString());
        json.WriteNumberOrNull("exit_code", ExitCode);
        json.WriteNumberOrNull("signal", Signal);
        json.WriteEndObject();
    }
}
