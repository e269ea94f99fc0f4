using System.CommandLine;
using Cairn.Cli.Adoption;
using Cairn.Cli.Help;
using Cairn.Cli.Lint;
using Cairn.Cli.Output;
using Cairn.Cli.Processes;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn adopt</c>.</summary>
internal static class AdoptCommand
{
    private const string Description =
        """
        Puts a batch script's program under cairn run, so that it is warned in time and comes back; shows the change as a diff.

        Examples:
          cairn adopt job.sh                what would change, and what is still to be done in the program
          cairn adopt --write job.sh        change the file
          cairn adopt -o new.sh job.sh      leave the file, and write another one
          cairn adopt job.sh | patch -p0    the same as --write

        The diff goes to standard output, all else to standard error. The changed script is read again by Cairn and by bash -n, and
        linted: what is not sure is refused, with the line and the reason, and nothing is written. docs/adopt.md tells what becomes of what.

        Exit codes:
          0    converted, or cairn run is there already
          1    it cannot be converted safely: why stands on standard error, and nothing was written
          2    the script cannot be read or written, or the command line is wrong
        """;

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "a batch script", Arity = ArgumentArity.OneOrMore };
        var write = new Option<bool>("--write") { Description = "change the file; its rights stay, and a link to it stays a link" };
        var output = new Option<string?>("--output", "-o") { HelpName = "FILE", Description = "write the changed script there" };
        var format = OutputFormat.Option("diff", "what is written to standard output: the diff; or that, the script, and all that is said about it");
        var command = new Command("adopt", Description) { files, write, output, format };
        command.SetAction(parsed =>
        {
            // What the parser does not know as an option it takes for a file.
            if (Array.Find(parsed.GetValue(files)!, word => word.Length > 1 && word[0] == '-') is { } unknown)
                throw new UsageException($"{UnknownWord.Option(command, unknown)} A file of that name is ./{unknown}.");
            if (parsed.GetValue(files) is not [var path])
                throw new UsageException("One script at a time: each change is to be looked at.");
            var json = OutputFormat.IsJson(parsed.GetValue(format)!, "diff");
            var target = parsed.GetValue(output);
            if (target is not null && parsed.GetValue(write))
                throw new UsageException("--write changes the file, --output writes another one: use one of them.");
            if (target is not null && Directory.Exists(target))
                throw new UsageException($"--output {target}: is a directory.");

            var script = ScriptFile.Read(path);
            var adoption = Adopter.Adopt(path, script.Text, SurroundingsReader.Of(path, Cluster.Ask(), null), BashSyntax.Takes);
            target ??= parsed.GetValue(write) && adoption.IsChanged ? path : null;
            if (adoption.Refusal is not null)
                target = null;
            if (target is not null)
                script.WriteTo(target, adoption.Draft.Text);
            var diff = UnifiedDiff.Of(adoption.Draft, target ?? path);
            var findings = Linter.Check(adoption.Draft.Script);
            if (json)
                Console.Out.WriteLine(AdoptionJson.Write(adoption, target, diff, findings));
            else
                WriteDiff(diff);
            Say(adoption, path, target, findings);
            return adoption.Refusal is null ? LintCommand.SoundExitCode : LintCommand.FindingsExitCode;
        });
        return command;
    }

    private static void WriteDiff(string diff)
    {
        if (Console.IsOutputRedirected || Terminal.IsPlain)
        {
            Console.Out.Write(diff);
            return;
        }

        foreach (var line in diff.Split('\n').SkipLast(1))
        {
            var colour = line switch { ['+', ..] => "\e[32m", ['-', ..] => "\e[31m", ['@', ..] => "\e[36m", _ => "" };
            Console.Out.WriteLine(colour.Length == 0 ? Printable.Of(line) : $"{colour}{Printable.Of(line)}\e[0m");
        }
    }

    private static void Say(AdoptedScript adoption, string path, string? target, IReadOnlyList<Finding> findings)
    {
        if (adoption.Refusal is { } refusal)
        {
            Say($"{At(path, refusal)}: not converted, and nothing written: {refusal.Text}.");
            return;
        }

        foreach (var remark in adoption.Remarks)
            Say($"{At(path, remark)}: {remark.Text}.");
        if (target is not null)
            Say($"wrote {target}");
        else if (adoption.IsChanged)
            Say("nothing is written; --write changes the file");
        if (adoption.IsChanged && !IsOnPath())
            Say("cairn is not on PATH here: it must be in the job, which takes PATH from where you call sbatch, or load it in the script");
        foreach (var finding in findings.Where(finding => finding.Level >= Level.Warning))
            Say($"cairn lint will warn of line {finding.Flaw.Line} then ({finding.Rule.Id}): {finding.Rule.Title}");
        foreach (var line in adoption.ForProgram)
            Console.Error.WriteLine(Printable.Of(line));
    }

    private static bool IsOnPath()
    {
        try
        {
            return Executables.Find("cairn", Environment.GetEnvironmentVariable("PATH") ?? "", Environment.CurrentDirectory).Length > 0;
        }
        catch (UsageException)
        {
            return false;
        }
    }

    private static string At(string path, Remark remark) => remark.Line is { } line ? $"{path}:{line}" : path;

    private static void Say(string text) => Console.Error.WriteLine($"cairn: {Printable.Of(text)}");
}
