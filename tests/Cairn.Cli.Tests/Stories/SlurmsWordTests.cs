using Cairn.Cli.Stories;
using static Cairn.Cli.Tests.Stories.Told;

namespace Cairn.Cli.Tests.Stories;

/// <summary>What is told of a job that left no journal, or none for this user's eyes: a table of Slurm's words.</summary>
public class SlurmsWordTests
{
    [Theory]
    [InlineData("RUNNING", "None", "Job 17 is RUNNING, by the word of scontrol; nothing of Cairn has told of it. It runs.")]
    [InlineData("CONFIGURING", "None", "Job 17 is CONFIGURING, by the word of scontrol; nothing of Cairn has told of it. Its nodes are being made ready.")]
    [InlineData("SUSPENDED", "None", "Job 17 is SUSPENDED, by the word of scontrol; nothing of Cairn has told of it. It holds its nodes, and does not run now.")]
    [InlineData("COMPLETING", "None", "Job 17 is COMPLETING, by the word of scontrol; nothing of Cairn has told of it. It is ending.")]
    [InlineData("PENDING", "Priority", "Job 17 is PENDING (Priority), by the word of scontrol; nothing of Cairn has told of it. It has not begun yet: squeue --start tells when it may.")]
    [InlineData("PENDING", "JobHeldUser", "Job 17 is PENDING (JobHeldUser), by the word of scontrol; nothing of Cairn has told of it. It is held: scontrol release 17 lets it begin.")]
    [InlineData("PENDING", "JobHeldAdmin", "Job 17 is PENDING (JobHeldAdmin), by the word of scontrol; nothing of Cairn has told of it. It is held: scontrol release 17 lets it begin, which is for those who run the cluster.")]
    [InlineData("PENDING", "DependencyNeverSatisfied", "Job 17 is PENDING (DependencyNeverSatisfied), by the word of scontrol; nothing of Cairn has told of it. It will never begin, for a job that it depends on has not ended as it had to: scancel 17, and submit it anew.")]
    [InlineData("FAILED", "NonZeroExitCode", "Job 17 was FAILED (NonZeroExitCode) after 1 min 30 s, by the word of scontrol; nothing of Cairn has told of it. See the end of its log.")]
    [InlineData("OUT_OF_MEMORY", "OutOfMemory", "Job 17 was OUT_OF_MEMORY (OutOfMemory) after 1 min 30 s, by the word of scontrol; nothing of Cairn has told of it. Ask for more memory (--mem).")]
    public void A_jobs_state_is_told_with_what_to_do(string state, string reason, string words) =>
        Assert.Equal(words, SlurmsWord.Told("17", state, reason, At(0), At(90), null, null).Paragraph);

    [Fact]
    public void Of_a_folder_that_is_closed_nobody_knows_whether_it_tells_of_the_job() => Assert.Equal(
        "Job 17 was CANCELLED after 1 min 30 s, ended by signal 15, by the word of scontrol; what Cairn has told of it is not for you to see: /home/another cannot be looked into. Submit it again if that was not meant.",
        SlurmsWord.Told("17", "CANCELLED", "None", At(0), At(90), "signal 15", "/home/another").Paragraph);
}
