using Cairn.Cli.Inspection;
using Cairn.Cli.Inspection.Reports;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Inspection;

/// <summary><c>cairn verify</c>: as a process for a bit in every region of every file, in this process for many more.</summary>
public sealed class VerifyTests : IDisposable
{
    private const string Newest = "step-0000000030";
    private readonly MadeFolder _folder = new MadeFolder().Save(10, 20, 30);

    // Regions: the record's beginning, middle and its checksum; a header's length, text and padding; each tensor's first and last byte.
    public static TheoryData<string, int, string> Regions => new()
    {
        { "checkpoint.json", 0, "checksum" },
        { "checkpoint.json", 400, "checksum" },
        { "checkpoint.json", -10, "checksum" },
        { "checkpoint.json", -1, "checksum" },
        { "model.safetensors", 0, "header" },
        { "model.safetensors", 40, "header" },
        { "model.safetensors", 4095, "header" },
        { "model.safetensors", 4096, "layer.bias" },
        { "model.safetensors", 4111, "layer.bias" },
        { "model.safetensors", 4112, "layer.weight" },
        { "model.safetensors", -1, "layer.weight" },
        { "model.frozen.safetensors", 7, "header" },
        { "model.frozen.safetensors", 4000, "header" },
        { "model.frozen.safetensors", 4096, "embedding" },
        { "model.frozen.safetensors", -1, "embedding" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Regions))]
    public async Task A_flipped_bit_is_found_and_named(string file, int position, string what)
    {
        var length = (int)new FileInfo(_folder[Newest, file]).Length;
        _folder.Flip(Newest, file, position < 0 ? length + position : position, (position & 7) % 8);
        var json = await _folder.JsonAsync(1, "verify");
        Assert.Equal(["damaged", "good", "good"], json.GetProperty("checkpoints").EnumerateArray().Select(one => one.GetProperty("verdict").GetString()));
        var fault = Assert.Single(json.GetProperty("checkpoints")[0].GetProperty("faults").EnumerateArray().ToArray());
        Assert.Equal(file, fault.GetProperty("file").GetString());
        Assert.Contains(what, fault.GetProperty("problem").GetString(), StringComparison.Ordinal);
        if (what.Contains('.') || what == "embedding")
            Assert.Equal(what, fault.GetProperty("tensor").GetString());
    }

    [Fact]
    public async Task What_cannot_be_read_now_is_no_damage_and_has_an_exit_code_of_its_own()
    {
        var run = await _folder.StaleAsync([Newest], "verify");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("none damaged, 1 could not be read now", run.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_bytes_and_every_bit_position_are_covered()
    {
        var entry = Inventory.Entries(_folder.Path)[0];
        foreach (var file in Directory.GetFiles(entry.Path))
        {
            var whole = File.ReadAllBytes(file);
            for (var position = 0; position < whole.Length; position += 7)
            {
                whole[position] ^= (byte)(1 << (position % 8));
                File.Delete(file);
                File.WriteAllBytes(file, whole);
                Assert.True(VerifyReport.IsDamaged(new Verification().Verify(entry)), $"byte {position} of {file}");
                whole[position] ^= (byte)(1 << (position % 8));
            }

            File.WriteAllBytes(file, whole);
        }

        Assert.Empty(new Verification().Verify(entry).Faults);
    }

    [Fact]
    public async Task All_good_is_zero_and_what_was_named_is_read()
    {
        var all = await _folder.CairnAsync("verify");
        Assert.Equal((0, ""), (all.ExitCode, all.StandardError));
        Assert.Contains("3 read, none damaged", all.StandardOutput, StringComparison.Ordinal);
        Assert.Equal([10, 30], (await _folder.JsonAsync(0, "verify", "checkpoints", "10", "latest")).GetProperty("checkpoints").EnumerateArray().Select(one => one.GetProperty("step").GetInt32()));
        Assert.Equal(20, (await _folder.JsonAsync(0, "verify", "checkpoints/step-0000000020")).GetProperty("checkpoints")[0].GetProperty("step").GetInt32());
    }

    [Fact]
    public async Task A_shared_file_is_read_once_and_its_damage_is_told_of_each_that_has_it()
    {
        // In place: 10 and 30 have the same bytes.
        using (var file = new FileStream(_folder[Newest, "model.frozen.safetensors"], FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = 4100;
            file.WriteByte(0xff);
        }

        var json = await _folder.JsonAsync(1, "verify");
        Assert.Equal(["damaged", "good", "damaged"], json.GetProperty("checkpoints").EnumerateArray().Select(one => one.GetProperty("verdict").GetString()));

        var verification = new Verification();
        var (thirty, twenty, ten) = (Inventory.Entries(_folder.Path)[0], Inventory.Entries(_folder.Path)[1], Inventory.Entries(_folder.Path)[2]);
        verification.Verify(twenty);
        var one = verification.BytesRead;
        verification.Verify(twenty);
        Assert.Equal(one, verification.BytesRead);
        Assert.Single(verification.Verify(ten).Faults);
        Assert.Single(verification.Verify(thirty).Faults);
    }

    [Fact]
    public void One_that_is_deleted_meanwhile_is_gone_and_not_damaged()
    {
        var entry = Inventory.Entries(_folder.Path)[0];
        Directory.Delete(entry.Path, recursive: true);
        var verified = new Verification().Verify(entry);
        Assert.True(verified.IsGone && !VerifyReport.IsDamaged(verified));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("1", false)]
    public async Task On_a_terminal_it_says_how_far_it_is_in_colour_unless_that_is_not_wanted(string? noColour, bool colour)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "there is no program 'script' to make a terminal");
        var run = await CliWrap.Cli.Wrap("/usr/bin/script").WithArguments(["-qec", $"'{Running.Sandbox.Program}' verify '{_folder.Path}'", "/dev/null"])
            .WithEnvironmentVariables(variables => variables.Set("TERM", "xterm-256color").Set("NO_COLOR", noColour))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\r\e[Kverifying step 30 (1 of 3)", run.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(colour, run.StandardOutput.Contains("\e[38;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Links_pipes_and_what_is_missing_are_named_and_nothing_is_followed()
    {
        var outside = _folder["..", "outside"];
        File.Copy(_folder[Newest, "model.safetensors"], outside);
        File.Delete(_folder[Newest, "model.safetensors"]);
        File.CreateSymbolicLink(_folder[Newest, "model.safetensors"], outside);
        File.Delete(_folder[MadeFolder.Name(20), "model.safetensors"]);
        Directory.CreateSymbolicLink(_folder["step-0000000040"], _folder[MadeFolder.Name(10)]);
        Assert.Equal(0, (await CliWrap.Cli.Wrap("mkfifo").WithArguments([_folder["pipe"]]).ExecuteAsync(TestContext.Current.CancellationToken)).ExitCode);
        File.Move(_folder["pipe"], _folder[MadeFolder.Name(10), "model.safetensors"], overwrite: true);
        var json = await _folder.JsonAsync(1, "verify");
        string[] expected = ["symbolic link", "symbolic link", "missing", "no regular file"];
        Assert.All(
            json.GetProperty("checkpoints").EnumerateArray().Zip(expected),
            one => Assert.Contains(one.Second, one.First.GetProperty("faults")[0].GetProperty("problem").GetString(), StringComparison.Ordinal));
    }
}
