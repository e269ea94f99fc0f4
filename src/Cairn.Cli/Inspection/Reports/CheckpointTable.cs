using System.Globalization;
using Cairn.Checkpoints.Records;
using Cairn.Cli.Output;
using Spectre.Console;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>One checkpoint for people.</summary>
internal static class CheckpointTable
{
    /// <param name="shown">The checkpoint.</param>
    /// <param name="onlyTensors">Whether nothing but its tensors was asked for.</param>
    /// <param name="console">Where to.</param>
    public static void Write(ShownCheckpoint shown, bool onlyTensors, IAnsiConsole console)
    {
        console.MarkupLine(Tables.Plain(shown.Entry.Path));
        if (shown.Record is { } record)
        {
            if (!onlyTensors)
                WriteRecord(record, console);
            WriteTensors(record, console);
        }

        console.MarkupLine(shown.Problem is { } problem
            ? $"[red]{(shown.IsUnreadable ? "unreadable" : "damaged")}[/]: {Tables.Plain(problem.ToString())}"
            : "[green]valid[/] at a first look: the record, every file's size and header; cairn verify reads the rest");
    }

    private static void WriteRecord(CommitRecord record, IAnsiConsole console)
    {
        var table = Tables.Create(console, "what", "value");
        table.AddPlainRow("step", InventoryTable.Number(record.Step));
        table.AddPlainRow("attempt", InventoryTable.Number(record.Attempt));
        table.AddPlainRow("job", record.Job ?? "none");
        table.AddPlainRow("world size", InventoryTable.Number(record.WorldSize));
        table.AddPlainRow("saved (UTC)", InventoryTable.Instant(record.SavedAt));
        table.AddPlainRow("by Cairn", record.Cairn);
        table.AddPlainRow("payload", Bytes.Words(record.PayloadBytes));
        Add("metadata", record.Metadata.Select(pair => (pair.Key, pair.Value.ToString())));
        Add("condition", record.Conditions.Select(pair => (pair.Key, pair.Value)));
        foreach (var part in record.Parts)
        {
            if (part.Ranks > 0)
                table.AddPlainRow(part.Name, $"a state of each of {InventoryTable.Number(part.Ranks)} ranks");
            Add(part.Name, part.Values.Select(pair => (pair.Key, pair.Value.ToString())));
        }

        console.Write(table);

        var files = Tables.Create(console, "file", ">bytes", ">header", "hash of the header");
        foreach (var file in record.Files)
            files.AddPlainRow(file.Name, InventoryTable.Number(file.Size), InventoryTable.Number(file.HeaderSize), file.HeaderHash.ToString());
        if (record.Files.Length > 0)
            console.Write(files);

        void Add(string of, IEnumerable<(string Name, string Value)> values)
        {
            foreach (var (name, value) in values)
                table.AddPlainRow($"{of}: {name}", value);
        }
    }

    private static void WriteTensors(CommitRecord record, IAnsiConsole console)
    {
        var table = Tables.Create(console, "part", "tensor", "dtype", "shape", ">bytes", "file", ">offset", "hash");
        foreach (var part in record.Parts)
        {
            foreach (var tensor in part.Tensors)
            {
                table.AddPlainRow(
                    part.Name,
                    tensor.Name,
                    tensor.DType.ToString().ToLowerInvariant(),
                    $"[{string.Join(", ", tensor.Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)))}]",
                    InventoryTable.Number(tensor.Info.ByteCount),
                    tensor.File,
                    InventoryTable.Number(tensor.Offset),
                    tensor.MoreHashes.Length == 0 ? tensor.Hash.ToString() : $"{tensor.Hash} and {tensor.MoreHashes.Length} more");
            }
        }

        if (table.Rows.Count > 0)
            console.Write(table);
    }
}
