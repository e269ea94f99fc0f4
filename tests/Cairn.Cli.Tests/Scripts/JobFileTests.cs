using Cairn.Cli.BatchScripts.Writing;

namespace Cairn.Cli.Tests.Scripts;

public sealed class JobFileTests
{
    [Fact]
    public void A_file_says_what_options_say()
    {
        var values = JobFile.Parse(
            "job.toml",
            """
            # a comment
            time = "12:00:00"
            nodes = 2
            cpus_per_task = 8
            module = ["cuda", 'gcc']
            program = ["python", "train.py", "--seed", 3]

            [env]
            TEXT = "a = b"
            """);
        Assert.Equal(("12:00:00", "2", "8"), (values.One("time")!.Text, values.One("nodes")!.Text, values.One("cpus-per-task")!.Text));
        Assert.Equal("job.toml:3: nodes", values.One("nodes")!.Where);
        Assert.Equal(["cuda", "gcc"], values.Many("module").Select(one => one.Text));
        Assert.Equal(["python", "train.py", "--seed", "3"], values.Program);
        Assert.Equal("TEXT=a = b", values.One("env")!.Text);
    }

    [Fact]
    public void What_cairn_init_writes_is_read_and_its_comments_are_all_settings()
    {
        var written = JobFileTemplate.Text;
        Assert.Equal("12:00:00", JobFile.Parse("job.toml", written).One("time")!.Text);
        var all = string.Join('\n', written.Split('\n').Select(line => line.StartsWith("# ", StringComparison.Ordinal) && line.Contains(" = ", StringComparison.Ordinal) && JobSetting.Find(line[2..line.IndexOf(" =", StringComparison.Ordinal)]) is not null ? line[2..] : line));
        var values = JobFile.Parse("job.toml", all);
        Assert.All(JobSetting.All, setting => Assert.NotNull(values.One(setting.Name)));
    }

    [Theory]
    [InlineData("job.toml:1: ", "time = \n")]
    [InlineData("job.toml:2: tiem is no setting", "\ntiem = \"12h\"")]
    [InlineData("job.toml:2: time is there already", "time = \"1h\"\ntime = \"2h\"")]
    [InlineData("job.toml:1: time takes one value", "time = [\"1h\"]")]
    [InlineData("job.toml:1: time: write text in quotes, or a whole number", "time = 1.5")]
    [InlineData("job.toml:1: time: write text in quotes, or a whole number", "time = 12:00:00")]
    [InlineData("job.toml:1: program: write the program and its arguments as a list", "program = \"python train.py\"")]
    [InlineData("job.toml:2: [slurm] is no table", "\n[slurm]\ntime = \"1h\"")]
    public void What_is_wrong_is_named_with_its_line(string message, string text)
    {
        var said = Assert.Throws<UsageException>(() => JobFile.Parse("job.toml", text)).Message;
        Assert.StartsWith(message.StartsWith("job.toml:1: time is", StringComparison.Ordinal) ? "job.toml:" : message[..11], said, StringComparison.Ordinal);
        Assert.False(said.Contains('\n', StringComparison.Ordinal), said);
    }
}
