using System.CommandLine;
using System.Text;
using Cairn.Cli.Stories;
using Cairn.Cli.Stories.Pages;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn report</c>.</summary>
internal static class ReportCommand
{
    private const string Html = "html";
    private const string Markdown = "markdown";
    private const string Json = "json";
    private const string Default = "report.html";

    private const string Description =
        """
        Writes a report of runs as one page to look at, to print, or to send: attempts on a time line, goodput and where the rest went,
        metrics over steps across attempts, saves and what they cost, nodes; several runs side by side.

        Examples:
          cairn report                                   the runs at or below this folder, into report.html
          cairn report run7/checkpoints -o run7.html     one run
          cairn report run7 run8 run9                    several, side by side
          cairn report run7 --format markdown            its tables, to standard output

        The page is one file: it asks for nothing from anywhere and runs no script. Nothing is changed in a run's folder.

        Exit codes:
          0    written
          2    there is no such job or folder, or the command line is wrong
          69   the file could not be written
        """;

    public static Command Create()
    {
        var words = new Argument<string[]>("JOB | FOLDER") { Description = "jobs by their ids, and checkpoint folders or what lies above them [this folder]", Arity = ArgumentArity.ZeroOrMore };
        var output = new Option<string?>("--output", "-o") { HelpName = "FILE", Description = $"the file to write; - for standard output [{Default}, and standard output for the other formats]" };
        var format = new Option<string>("--format") { HelpName = $"{Html}|{Markdown}|{Json}", Description = "how it is written", DefaultValueFactory = _ => Html };
        var command = new Command("report", Description) { words, output, format };
        command.SetAction(parsed =>
        {
            var form = parsed.GetValue(format)!;
            if (form is not (Html or Markdown or Json))
                throw new UsageException($"--format {form}: use {Html}, {Markdown} or {Json}.");
            var now = TimeProvider.System.GetUtcNow();
            var asked = parsed.GetValue(words) is { Length: > 0 } some ? some : ["."];
            var (runs, remarks) = ReportedRun.Read(RunSearch.Find(asked), now);
            if (runs.Count == 0)
                throw new UsageException($"There is no run to report of: {string.Join("; ", remarks)}.");
            var text = form switch
            {
                Html => ReportPage.Of(runs, remarks, now),
                Markdown => ReportMarkdown.Of(runs, remarks, now),
                _ => ReportJson.Of(runs, remarks, now) + "\n",
            };
            var file = parsed.GetValue(output) ?? (form == Html ? Default : "-");
            if (file == "-")
            {
                Console.Out.Write(text);
            }
            else
            {
                Write(file, text, mayReplaceAnything: parsed.GetValue(output) is not null);
                Console.Out.WriteLine($"{file}: {runs.Count} run{(runs.Count == 1 ? "" : "s")}, {(text.Length + 999) / 1000} kB");
            }

            foreach (var remark in remarks)
                Console.Error.WriteLine($"cairn: {remark}");
            return ExitCodes.Success;
        });
        return command;
    }

    // Whole, or as it was. What nobody named is replaced only where it is a report.
    private static void Write(string file, string text, bool mayReplaceAnything)
    {
        if (Directory.Exists(file))
            throw new UsageException($"{file} is a folder: name a file by -o.");
        if (!mayReplaceAnything && File.Exists(file) && !IsReport(file))
            throw new UsageException($"{file} is there, and no report of Cairn's: name another file, or this one, by -o.");
        var draft = $"{file}.{Environment.ProcessId}.new";
        try
        {
            using (var stream = new FileStream(draft, FileMode.CreateNew, FileAccess.Write)) // never through a link, which somebody else may have put there
                stream.Write(Encoding.UTF8.GetBytes(text));
            File.Move(draft, file, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(draft);
            throw;
        }
    }

    private static bool IsReport(string file)
    {
        using var stream = File.OpenRead(file);
        var head = new byte[ReportPage.Head.Length];
        return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && Encoding.UTF8.GetString(head) == ReportPage.Head;
    }
}
