using Cairn.Cli.Adoption;
using Cairn.Cli.Lint;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Adoption;

/// <summary>
/// The scripts in Scripts/: what becomes of each stands beside it as NAME.adopted, with what is said about it as NAME.said; or why nothing
/// does, as NAME.refused. "LINE TEXT" a line, with - where it is about no line.
/// </summary>
public sealed class AdoptedScriptTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(At(""), "*.sh").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_script_becomes_what_stands_beside_it(string name)
    {
        var text = File.ReadAllText(At(name + ".sh"));
        var adopted = Adopter.Adopt("job.sh", text, Surroundings.Unknown, BashSyntax.Takes);
        if (adopted.Refusal is { } refusal)
        {
            Assert.Equal(File.ReadAllText(At(name + ".refused")), Line(refusal));
            Assert.Equal(text, adopted.Draft.Text);
            return;
        }

        Assert.Equal(File.ReadAllText(At(name + ".adopted")), adopted.Draft.Text);
        Assert.Equal(File.ReadAllText(At(name + ".said")), string.Concat(adopted.Remarks.Select(Line)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_diff_is_one_that_patch_takes(string name)
    {
        var text = File.ReadAllText(At(name + ".sh"));
        var adopted = Adopter.Adopt("job.sh", text, Surroundings.Unknown);
        var diff = UnifiedDiff.Of(adopted.Draft, "job.sh");
        Assert.Equal(adopted.IsChanged, diff.Length > 0);
        if (diff.Length == 0)
            return;
        _sandbox.Write("job.sh", text);
        var patch = await CliWrap.Cli.Wrap("patch").WithArguments(["-p0", "--fuzz=0"]).WithWorkingDirectory(_sandbox.Folder).WithStandardInputPipe(PipeSource.FromString(diff))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(patch.ExitCode == 0, patch.StandardOutput + diff);
        Assert.Equal(adopted.Draft.Text, File.ReadAllText(_sandbox.At("job.sh")));
    }

    [Theory]
    [InlineData("#!/bin/bash\n#SBATCH --time=60\npython train.py")]
    [InlineData("#!/bin/bash\n#SBATCH --time=60\npython train.py &\nwait")]
    public async Task So_is_that_of_a_script_without_a_last_line_break(string text)
    {
        var adopted = Adopter.Adopt("job.sh", text, Surroundings.Unknown);
        _sandbox.Write("job.sh", text);
        var patch = await CliWrap.Cli.Wrap("patch").WithArguments(["-p0", "--fuzz=0"]).WithWorkingDirectory(_sandbox.Folder).WithStandardInputPipe(PipeSource.FromString(UnifiedDiff.Of(adopted.Draft, "job.sh")))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(patch.ExitCode == 0, patch.StandardOutput + UnifiedDiff.Of(adopted.Draft, "job.sh"));
        Assert.Equal(adopted.Draft.Text, File.ReadAllText(_sandbox.At("job.sh")));
        Assert.EndsWith("exec cairn run --checkpoint-dir checkpoints/train -- python train.py", adopted.Draft.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_bash_would_not_take_any_more_is_refused()
    {
        const string text = "#!/bin/bash\n#SBATCH --time=60\npython train.py\n";
        Assert.Contains("bash would not take it any more", Adopter.Adopt("job.sh", text, Surroundings.Unknown, tried => tried == text).Refusal!.Text, StringComparison.Ordinal);
        Assert.Contains("bash does not take it as it is", Adopter.Adopt("job.sh", text, Surroundings.Unknown, _ => false).Refusal!.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("python train.py", null, "import cairn")]
    [InlineData("python train.py", "import cairn\n", null)]
    [InlineData("torchrun train.py", "import torch\n", "nothing of the warning reaches it behind torchrun")]
    [InlineData("torchrun train.py", "import cairn\n", null)]
    [InlineData("srun -n 4 python train.py", null, "all of them must stop at the same step")]
    [InlineData("dotnet Train.dll", null, "TrainingRun.Open")]
    [InlineData("./simulate", null, "exit with 75")]
    public void What_is_to_be_done_in_the_program_is_said_as_far_as_it_is_not_seen_there(string command, string? program, string? said)
    {
        var around = new Surroundings { ProgramText = file => file == "train.py" ? program : null };
        var forProgram = string.Join('\n', Adopter.Adopt("job.sh", $"#!/bin/bash\n#SBATCH --time=60\n{command}\n", around).ForProgram);
        if (said is null)
            Assert.Empty(forProgram);
        else
            Assert.Contains(said, forProgram, StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();

    private static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Adoption", "Scripts", name);

    private static string Line(Remark remark) => $"{remark.Line?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"} {remark.Text}\n";
}
