using System.Text;
using Cairn.Cli.Submissions;
using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Submissions;

/// <summary>The bytes of the record of a submission, and what is taken for one.</summary>
public sealed class SubmissionRecordTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    private string Path => _sandbox.At("one.json");

    [Fact]
    public void All_of_it_is_written()
    {
        var code = new SortedDictionary<string, CodeFile>(StringComparer.Ordinal) { ["train.py"] = new(12, -5, "00ff"), ["A/\"ä\".bin"] = new(1L << 40, 1772600767089, null) };
        new SubmissionRecord(1, new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero), "/home/jo's/job.sh", "abc", true, "/home", ["/home/out", "/home/log"], code, false, ["101", "102"]).Write(Path);
        Assert.Equal(
            """
            {
              "version": 1,
              "submitted": "2026-03-04T05:06:07+00:00",
              "script": "/home/jo\u0027s/job.sh",
              "script_hash": "abc",
              "written_here": true,
              "code_folder": "/home",
              "no_code": [
                "/home/out",
                "/home/log"
              ],
              "code": {
                "A/\u0022\u00E4\u0022.bin": {
                  "size": 1099511627776,
                  "changed": 1772600767089,
                  "hash": null
                },
                "train.py": {
                  "size": 12,
                  "changed": -5,
                  "hash": "00ff"
                }
              },
              "code_is_whole": false,
              "job_ids": [
                "101",
                "102"
              ]
            }
            """,
            File.ReadAllText(Path));
        var read = SubmissionRecord.Read(Path);
        Assert.Equal(code, read.Code);
        Assert.Equal(["/home/out", "/home/log"], read.NoCode);
        Assert.Equal(["101", "102"], read.JobIds);
        Assert.Equal(
            (1, new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero), "/home/jo's/job.sh", "abc", true, "/home", false),
            (read.Version, read.Submitted, read.Script, read.ScriptHash, read.WrittenHere, read.CodeFolder, read.CodeIsWhole));
    }

    [Fact]
    public void Arguments_are_kept_for_who_submits_it_again()
    {
        var record = new SubmissionRecord(1, default, "", "", false, null, [], new SortedDictionary<string, CodeFile>(StringComparer.Ordinal), true, ["7"]) { Arguments = ["--lr", "it's 1"] };
        record.Write(Path);
        Assert.Equal(["--lr", "it's 1"], SubmissionRecord.Read(Path).Arguments);
        (record with { Arguments = null }).Write(Path);
        Assert.Null(SubmissionRecord.Read(Path).Arguments);
    }

    [Fact]
    public void Empty_lists_stay_on_their_line()
    {
        new SubmissionRecord(1, default, "", "", false, null, [], new SortedDictionary<string, CodeFile>(StringComparer.Ordinal), true, []).Write(Path);
        Assert.Equal(
            """
            {
              "version": 1,
              "submitted": "0001-01-01T00:00:00+00:00",
              "script": "",
              "script_hash": "",
              "written_here": false,
              "code_folder": null,
              "no_code": [],
              "code": {},
              "code_is_whole": true,
              "job_ids": []
            }
            """,
            File.ReadAllText(Path));
    }

    [Theory]
    [InlineData("", "0001", false, null, "", false)]
    [InlineData("""
        "submitted":"2026-03-04","written_here":true,"code_folder":"/home","code_is_whole":true
        """, "2026", true, "/home", "", true)]
    [InlineData("""
        "code_folder":"/other","code_folder":null,"Version":[],"more":{"version":[1e999]}
        """, "0001", false, null, "", false)]
    [InlineData("""
        "code":{"a":{"size":1,"size":2,"other":{}},"b":{"hash":"h"},"a":{"changed":4}}
        """, "0001", false, null, "a 0 4 , b 0 0 h", false)]
    [InlineData("""
        "code":{"a":{}},"code":{"b":{}},"script_hash":"x","script_hash":"h"
        """, "0001", false, null, "b 0 0 ", false)]
    [InlineData("""
        "script":1,"script":"s"
        """, "0001", false, null, "", false)]
    public void What_need_not_be_there_may_be_missing(string members, string year, bool writtenHere, string? folder, string code, bool isWhole)
    {
        var read = Read(Whole(members));
        Assert.Equal(("s", "h", "9 8", "/n"), (read.Script, read.ScriptHash, string.Join(' ', read.JobIds), string.Join(' ', read.NoCode)));
        Assert.Equal(
            (year, writtenHere, folder, code, isWhole),
            (read.Submitted.ToString("yyyy", System.Globalization.CultureInfo.InvariantCulture), read.WrittenHere, read.CodeFolder,
                string.Join(", ", read.Code.Select(file => $"{file.Key} {file.Value.Size} {file.Value.Changed} {file.Value.Hash}")), read.CodeIsWhole));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"version":99}""")]
    [InlineData("""{"version":1,"script":"s","script_hash":"h","no_code":[],"code":{}}""")]
    [InlineData("""{"version":1,"script":"s","script_hash":"h","no_code":[],"job_ids":[]}""")]
    [InlineData("""{"version":1,"script":"s","script_hash":"h","code":{},"job_ids":[]}""")]
    [InlineData("""{"version":1,"script":"s","no_code":[],"code":{},"job_ids":[]}""")]
    [InlineData("""{"version":1,"script_hash":"h","no_code":[],"code":{},"job_ids":[]}""")]
    [InlineData("""{"script":"s","script_hash":"h","no_code":[],"code":{},"job_ids":[]}""")]
    [InlineData("""{"version":1,"script":"s","script_hash":"h","no_code":[],"code":{},"job_ids":[],"job_ids":null}""")]
    public void Another_version_or_what_lacks_a_member_is_no_record(string text) => Assert.EndsWith("is no record of a submission that this version reads.", Refused(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"version\":\"1\"")]
    [InlineData("\"version\":null")]
    [InlineData("\"version\":1.0")]
    [InlineData("\"version\":99999999999999999999")]
    [InlineData("\"submitted\":\"yesterday\"")]
    [InlineData("\"submitted\":null")]
    [InlineData("\"script\":1")]
    [InlineData("\"script\":\"\\ud800\"")]
    [InlineData("\"written_here\":null")]
    [InlineData("\"written_here\":\"true\"")]
    [InlineData("\"code_folder\":[]")]
    [InlineData("\"no_code\":\"/n\"")]
    [InlineData("\"no_code\":[1]")]
    [InlineData("\"no_code\":{}")]
    [InlineData("\"code\":[]")]
    [InlineData("\"code\":{\"a\":null}")]
    [InlineData("\"code\":{\"a\":1}")]
    [InlineData("\"code\":{\"a\":[]}")]
    [InlineData("\"code\":{\"a\":{\"size\":\"1\"}}")]
    [InlineData("\"code\":{\"a\":{\"size\":9223372036854775808}}")]
    [InlineData("\"code\":{\"a\":{\"size\":null}}")]
    [InlineData("\"code\":{\"a\":{\"changed\":1.5}}")]
    [InlineData("\"code\":{\"a\":{\"hash\":1}}")]
    [InlineData("\"code\":{\"a\":{\"hash\":1},\"a\":{}}")]
    [InlineData("\"code_is_whole\":0")]
    [InlineData("\"job_ids\":[101]")]
    [InlineData("\"job_ids\":101")]
    public void A_member_of_another_type_is_said(string members) => Assert.StartsWith($"{Path}, the record of the submission, cannot be read: ", Refused(Whole(members)), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{\"version\":1,}")]
    [InlineData("{} {}")]
    public void What_is_no_object_is_said(string text) => Assert.StartsWith($"{Path}, the record of the submission, cannot be read: ", Refused(text), StringComparison.Ordinal);

    [Fact]
    public void Sixty_four_levels_are_read_and_no_more()
    {
        Assert.Equal("s", Read(Whole($"\"deep\":{new string('[', 63)}{new string(']', 63)}")).Script);
        Assert.Contains("cannot be read", Refused(Whole($"\"deep\":{new string('[', 64)}{new string(']', 64)}")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm_and_other_bytes_that_are_no_text_do()
    {
        File.WriteAllText(Path, Whole(""), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal("s", SubmissionRecord.Read(Path).Script);
        File.WriteAllText(Path, Whole("\"code_folder\":\"ä\""), Encoding.Latin1);
        Assert.Contains("cannot be read", Assert.Throws<SubmissionException>(() => SubmissionRecord.Read(Path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();

    // What must be there, and then these.
    private static string Whole(string members) =>
        """{"version":1,"script":"s","script_hash":"h","no_code":["/n"],"code":{},"job_ids":["9","8"]""" + (members.Length > 0 ? "," : "") + members + "}";

    private SubmissionRecord Read(string text)
    {
        File.WriteAllText(Path, text);
        return SubmissionRecord.Read(Path);
    }

    private string Refused(string text) => Assert.Throws<SubmissionException>(() => Read(text)).Message;
}
