using System.CommandLine;
using Cairn.Cli.Inspection;
using Cairn.Cli.Inspection.Reports;
using Cairn.Cli.Output;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn export</c>.</summary>
internal static class ExportCommand
{
    public const int FailedExitCode = 1;

    private const string Description =
        """
        Writes the tensors of one part of a checkpoint, frozen ones included, into one plain safetensors file, to be given away:
        safetensors.torch.load_file("model.safetensors") reads it in Python, SafetensorsFile.Open in C#.

        Examples:
          cairn export -o model.safetensors                    the newest that a run would go on from
          cairn export checkpoints 120 -o model.safetensors
          cairn export checkpoints --lowest val_loss -o best.safetensors
          cairn export checkpoints latest --part ema -o ema.safetensors

        Every byte is checked against its hash. A file of that name is replaced as a whole, or left as it is. In the checkpoint folder nothing
        is changed; it may run while a job trains there.

        Exit codes:
          0    written
          1    the checkpoint is damaged, or the file could not be written; nothing is left of it
          2    there is no such folder, checkpoint, part or metric, or the command line is wrong
          3    the checkpoint could not be read now, which is no damage
        """;

    public static Command Create()
    {
        var words = new Argument<string[]>("FOLDER STEP") { Description = $"the checkpoint folder [{FolderWords.Default}] and a step, or latest [latest]", Arity = ArgumentArity.ZeroOrMore };
        var output = new Option<string>("--output", "-o") { HelpName = "FILE", Description = "the file to write", Required = true };
        var part = new Option<string?>("--part") { HelpName = "NAME", Description = "the part [model, or the only one that has tensors]" };
        var lowest = new Option<string?>("--lowest") { HelpName = "METRIC", Description = "the checkpoint with the lowest value of a metric that the run noted" };
        var highest = new Option<string?>("--highest") { HelpName = "METRIC", Description = "the one with the highest" };
        var format = OutputFormat.Option("text", "how what was written is told on standard output");
        var command = new Command("export", Description) { words, output, part, lowest, highest, format };
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!, "text");
            var folder = FolderWords.Read(parsed.GetValue(words) ?? []);
            var (low, high) = (parsed.GetValue(lowest), parsed.GetValue(highest));
            if (folder.Steps.Count + (low is null ? 0 : 1) + (high is null ? 0 : 1) > 1)
                throw new UsageException("cairn export takes one checkpoint: name one step, or one metric.");
            return Told(() =>
            {
                using var checkpoint = low is not null ? Checkpoint.OpenBest(folder.Folder, low)
                    : high is not null ? Checkpoint.OpenBest(folder.Folder, high, MetricGoal.Maximize)
                    : folder.Steps is [{ } step] ? Checkpoint.Open(folder.Folder, step)
                    : Checkpoint.OpenNewest(folder.Folder);
                Export(checkpoint, parsed.GetValue(part), parsed.GetValue(output)!, json);
            });
        });
        return command;
    }

    private static void Export(Checkpoint checkpoint, string? name, string file, bool json)
    {
        var part = name is null ? TheModel(checkpoint) : checkpoint.Part(name);
        checkpoint.Export(part.Name, file);
        var report = new ExportReport(checkpoint.Path, checkpoint.Step, part.Name, file, part.Tensors.Count, new FileInfo(file).Length);
        Console.Out.WriteLine(json ? report.Json() : report.ToString());
    }

    private static Checkpoints.PartRecord TheModel(Checkpoint checkpoint)
    {
        Checkpoints.PartRecord[] parts = [.. checkpoint.Parts.Where(part => part is { Tensors.Count: > 0, Ranks: 0 })];
        return Array.Find(parts, part => part.Name == "model") ?? (parts is [var only] ? only
            : throw new UsageException(parts.Length == 0 ? $"No part of checkpoint {checkpoint.Path} has tensors." : $"Say which part by --part: {string.Join(", ", parts.Select(part => part.Name))} of checkpoint {checkpoint.Path} have tensors."));
    }

    private static int Told(Action export)
    {
        try
        {
            export();
            return ExitCodes.Success;
        }
        catch (ArgumentException error)
        {
            // The parameter's name, which .NET puts behind the message, is none of this command line.
            throw new UsageException(error.ParamName is { } parameter ? error.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : error.Message);
        }
        catch (CheckpointReadException error)
        {
            Console.Error.WriteLine($"cairn: {error.Message}");
            return VerifyCommand.UnreadableExitCode;
        }
        catch (Exception error) when (error is CheckpointCorruptException or NoValidCheckpointException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cairn: nothing is written: {error.Message}");
            return FailedExitCode;
        }
    }
}
