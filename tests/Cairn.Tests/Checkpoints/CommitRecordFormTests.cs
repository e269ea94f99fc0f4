using System.Text;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;

namespace Cairn.Tests.Checkpoints;

/// <summary>The record to the byte: other programs read it, and so do later versions of this one.</summary>
public sealed class CommitRecordFormTests
{
    private static readonly CommitRecord Record = new()
    {
        Format = 1,
        Step = 7,
        Attempt = 2,
        Job = "17_3",
        WorldSize = 4,
        SavedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(12_345_670),
        Cairn = "0.1.0 <ä>",
        Metadata = new Dictionary<string, PartValue>
        {
            ["nothing"] = PartValue.None,
            ["yes"] = PartValue.From(true),
            ["no"] = PartValue.From(false),
            ["Least"] = PartValue.From(long.MinValue),
            ["mostOf$"] = PartValue.From(long.MaxValue),
            ["tenth"] = PartValue.From(0.1),
            ["whole"] = PartValue.From(3.0),
            ["minus 0"] = PartValue.From(-0.0),
            ["small"] = PartValue.From(double.Epsilon),
            ["great"] = PartValue.From(double.MaxValue),
            ["infinite"] = PartValue.From(double.PositiveInfinity),
            ["nan"] = PartValue.From(BitConverter.Int64BitsToDouble(0x7FF8_0000_DEAD_BEEF)),
            ["text"] = PartValue.From("a\"b\\c\n<ä> 😀"),
            ["half"] = PartValue.From("a\uD83D"),
            ["list"] = PartValue.From([PartValue.None, PartValue.From(1.5), PartValue.From([]), PartValue.From([PartValue.From(1L)])]),
            [""] = PartValue.From(""),
        },
        Conditions = new Dictionary<string, string> { ["threads"] = "2", ["x/ä"] = "" },
        Files =
        [
            new RecordedFile { Name = "model.safetensors", Size = 4096 + 64, HeaderSize = 4096, HeaderHash = ContentHash.Of("a"u8) },
            new RecordedFile { Name = "b.safetensors", Size = 8, HeaderSize = 8, HeaderHash = ContentHash.Of(""u8) },
        ],
        Parts =
        [
            new RecordedPart
            {
                Name = "model",
                Values = new Dictionary<string, PartValue> { ["count"] = PartValue.From(7L) },
                Tensors =
                [
                    new RecordedTensor { Name = "weight", File = "model.safetensors", DType = DType.Complex64, Shape = [2, 3], Offset = 4096, Hash = ContentHash.Of("b"u8) },
                    new RecordedTensor { Name = "bias", File = "model.safetensors", DType = DType.Float64, Shape = [], Offset = 4144, Hash = ContentHash.Of("c"u8) },
                    new RecordedTensor { Name = "low", File = "model.safetensors", DType = DType.BFloat16, Shape = [4], Offset = 4152, Hash = ContentHash.Of("d"u8) },
                ],
            },
            new RecordedPart { Name = "empty", Values = new Dictionary<string, PartValue>(), Tensors = [] },
        ],
    };

    private const string Text = """
        {
         "format": 1,
         "step": 7,
         "attempt": 2,
         "job": "17_3",
         "worldSize": 4,
         "savedAt": "2026-01-02T03:04:06.234567+00:00",
         "cairn": "0.1.0 \u003C\u00E4\u003E",
         "metadata": {
          "nothing": null,
          "yes": true,
          "no": false,
          "Least": -9223372036854775808,
          "mostOf$": 9223372036854775807,
          "tenth": {
           "real": 0.1
          },
          "whole": {
           "real": 3
          },
          "minus 0": {
           "real": -0
          },
          "small": {
           "real": 5E-324
          },
          "great": {
           "real": 1.7976931348623157E+308
          },
          "infinite": {
           "bits": "7ff0000000000000"
          },
          "nan": {
           "bits": "7ff80000deadbeef"
          },
          "text": "a\u0022b\\c\n\u003C\u00E4\u003E \uD83D\uDE00",
          "half": {
           "utf16": "YQA92A=="
          },
          "list": [
           null,
           {
            "real": 1.5
           },
           [],
           [
            1
           ]
          ],
          "": ""
         },
         "conditions": {
          "threads": "2",
          "x/\u00E4": ""
         },
         "files": [
          {
           "name": "model.safetensors",
           "size": 4160,
           "headerSize": 4096,
           "headerHash": "a96faf705af16834e6c632b61e964e1f"
          },
          {
           "name": "b.safetensors",
           "size": 8,
           "headerSize": 8,
           "headerHash": "99aa06d3014798d86001c324468d497f"
          }
         ],
         "parts": [
          {
           "name": "model",
           "values": {
            "count": 7
           },
           "tensors": [
            {
             "name": "weight",
             "file": "model.safetensors",
             "dtype": "C64",
             "shape": [
              2,
              3
             ],
             "offset": 4096,
             "hash": "4b2212e31ac97fd4575a0b1c44d8843f"
            },
            {
             "name": "bias",
             "file": "model.safetensors",
             "dtype": "F64",
             "shape": [],
             "offset": 4144,
             "hash": "12d8bdd17f74de858c40219a46b9f81b"
            },
            {
             "name": "low",
             "file": "model.safetensors",
             "dtype": "BF16",
             "shape": [
              4
             ],
             "offset": 4152,
             "hash": "56a841f9102d5ff745f80274c9c7a7ca"
            }
           ]
          },
          {
           "name": "empty",
           "values": {},
           "tensors": []
          }
         ],
         "checksum": "4e826537a4a0ec6f128c38602c5f9b24"
        }
        """;

    private static readonly string Golden = Text.ReplaceLineEndings("\n") + "\n";

    [Fact]
    public void A_record_is_written_as_ever() => Assert.Equal(Golden, Encoding.UTF8.GetString(CommitRecordFile.ToBytes(Record)));

    [Fact]
    public void A_record_reads_back_and_is_written_the_same_again() => Assert.Equal(Golden, Encoding.UTF8.GetString(CommitRecordFile.ToBytes(Read(Golden))));

    [Fact]
    public void Outside_of_Slurm_there_is_no_job()
    {
        var text = Encoding.UTF8.GetString(CommitRecordFile.ToBytes(Record with { Job = null }));

        Assert.Contains("\n \"job\": null,\n", text, StringComparison.Ordinal);
        Assert.Null(Read(text).Job);
    }

    private static CommitRecord Read(string text) => CommitRecordFile.FromBytes(Encoding.UTF8.GetBytes(text));
}
