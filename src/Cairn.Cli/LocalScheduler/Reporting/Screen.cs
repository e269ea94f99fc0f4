using System.Diagnostics;
using Spectre.Console;

namespace Cairn.Cli.LocalScheduler.Reporting;

/// <summary>What the person who watches sees, on standard error: events, on a terminal a live line below, at the end a table.</summary>
internal sealed class Screen
{
    private readonly LocalJob job;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly bool isLive = !Console.IsErrorRedirected && !Console.IsOutputRedirected;
    private readonly IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Console.Error),
        Ansi = Console.IsErrorRedirected ? AnsiSupport.No : AnsiSupport.Detect,
    });

    private string last = string.Empty;
    private string? drawn;

    public Screen(LocalJob job, TimeProvider time)
    {
        this.job = job;
        this.time = time;
        if (Console.IsErrorRedirected)
            console.Profile.Width = 120;
    }

    /// <summary>An event, as a line of its own.</summary>
    public void Tell(string text)
    {
        last = text;
        Line(Console.Error, $"cairn local: {text}");
    }

    /// <summary>On a terminal the program's output goes through here, so that it does not run into the live line.</summary>
    public void Prepare(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardOutput = start.RedirectStandardError = isLive;
    }

    /// <summary>Shows what a process writes.</summary>
    public void Show(Process process)
    {
        if (!isLive)
            return;
        process.OutputDataReceived += (_, line) => Line(Console.Out, line.Data);
        process.ErrorDataReceived += (_, line) => Line(Console.Error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Draws the live line anew.</summary>
    public void Refresh()
    {
        if (!isLive)
            return;
        lock (gate)
        {
            var left = job.EndTime is { } end && job.State == JobState.Running ? $"{Duration.Words(end - time.GetUtcNow())} left" : job.State.ToString().ToLowerInvariant();
            var line = $"[attempt {job.Attempt} | {left} | {last}]";
            if (line == drawn)
                return;
            Console.Error.Write($"\r\u001b[K{line}");
            drawn = line;
        }
    }

    /// <summary>The attempts.</summary>
    public void Table()
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("attempt", "ran for", "ended", "exit code");
        foreach (var attempt in job.Attempts)
            table.AddRow(new Text($"{attempt.Number}"), new Text(Duration.Words(attempt.RanFor)), new Text(attempt.EndedBecause), new Text($"{attempt.ExitCode}"));
        lock (gate)
        {
            if (isLive)
                Console.Error.Write("\r\u001b[K");
            console.Write(table);
        }
    }

    private void Line(TextWriter writer, string? text)
    {
        if (text is null)
            return;
        lock (gate)
        {
            if (isLive)
                Console.Error.Write("\r\u001b[K");
            drawn = null;
            writer.WriteLine(text);
        }
    }
}
