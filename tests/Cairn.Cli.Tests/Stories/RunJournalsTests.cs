using System.Text;
using Cairn.Attempts;
using Cairn.Cli.Stories;
using static Cairn.Cli.Tests.Stories.Told;

namespace Cairn.Cli.Tests.Stories;

/// <summary>The attempts of a run and those of <c>cairn run</c> around it are told as one.</summary>
public sealed class RunJournalsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cairn-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_runs_attempt_and_the_wrappers_of_the_same_job_and_restart_are_one()
    {
        Write("attempts/0001.jsonl", Began(5, 1), Resumed(10, 0), Progress(110, 100), Saved(112, 100, "stop"), Stopped(113, 100, "Warning", "ExitForWrapper"), Ended(114, "stopped", 100));
        Write(".cairn-run/c-17/attempts/0001.jsonl", Wrapped(0, 1), Program(115, EndKind.Stopped, EndAction.Requeue, "the program has stopped: requeueing job 17", slurm: "RUNNING, Preempted"));
        Write(".cairn-run/c-17/attempts/0002.jsonl", Wrapped(200, 2, restarts: 1), Program(203, EndKind.Crashed, EndAction.Leave, "the program failed with exit code 1: not requeued", code: 1));
        var story = RunStory.Read(_folder, At(500));
        Assert.Equal([1, 0], story.Attempts.Select(attempt => attempt.Number));
        var (first, second) = (story.Attempts[0], story.Attempts[1]);
        Assert.Equal((0d, 115d, 0L, 100L, "requeued", "the program has stopped, requeued"), (Seconds(first.Began), Seconds(first.Ended), first.FromStep, first.ToStep, first.End.State, first.End.Words));
        Assert.Equal(
            "Attempt 1 of job 17 on n1, after 1 min 55 s, stopped at step 100 of 1000: the program has stopped, requeued. Slurm said of the job: RUNNING, Preempted. cairn run had it requeued. "
            + "Nothing was lost: step 100 is saved. Another attempt followed: the program failed with exit code 1: not requeued.",
            Why.Of(story, first, second, null).Paragraph);
        Assert.Equal(("left", 1, true), (second.End.State, second.ExitCode, second.IsCutOff));
    }

    [Fact]
    public void The_wrapper_that_worked_in_the_folder_above_tells_of_its_job_alone()
    {
        Write("checkpoints/attempts/0001.jsonl", Began(5, 1), Resumed(10, 0), Progress(110, 100));
        Write(".cairn-run/c-17/attempts/0001.jsonl", Wrapped(0, 1), Program(115, EndKind.Cancelled, EndAction.Leave, "cancelled"));
        Write(".cairn-run/c-18/attempts/0001.jsonl", Wrapped(300, 1, job: "18"), Program(315, EndKind.Finished, EndAction.Leave, "the program has finished"));
        var story = RunStory.Read(Path.Combine(_folder, "checkpoints"), At(500));
        Assert.Equal(("stopped", "cancelled"), (Assert.Single(story.Attempts).End.State, story.Newest!.End.Words));
    }

    [Fact]
    public void The_attempts_of_several_jobs_are_counted_through_and_their_steps_are_those_that_the_program_reported()
    {
        Write(".cairn-run/c-17/attempts/0001.jsonl", Wrapped(0, 1), Progress(60, 30), Program(100, EndKind.Stopped, EndAction.Requeue, "stopped", step: 50));
        Report(".cairn-run/c-17/attempts/0001.metrics", (2, 1), (100, 50));
        Write(".cairn-run/c-17/attempts/0002.jsonl", Wrapped(120, 2, restarts: 1), Program(200, EndKind.Killed, EndAction.Leave, "killed"));
        Report(".cairn-run/c-17/attempts/0002.metrics", (122, 51), (190, 85));
        Write(".cairn-run/c-18/attempts/0001.jsonl", Wrapped(300, 1, job: "18"));
        Report(".cairn-run/c-18/attempts/0001.metrics", (302, 71), (310, 79));
        var story = RunStory.Read(_folder, At(320));
        Assert.Equal(
            ["1 0 50 50 0 0 requeued", "2 50 85 70 0 15 stopped", "3 70 79 79 9 0 running"],
            story.Attempts.Select(one => $"{one.Number} {one.FromStep} {one.ToStep} {one.KeptStep} {one.StepsRedone} {one.StepsLost} {one.End.State}"));
        Assert.Equal(new Dictionary<string, double> { ["loss"] = 79 }, story.Newest!.Metrics);
        Assert.Equal([2, 3], RunStory.ReadNewest(_folder, 2, At(320)).Attempts.Select(one => one.Number));
    }

    private static AttemptStarted Wrapped(double at, int attempt, int restarts = 0, string job = "17") => Began(at, attempt, job, restarts) with { Command = "0a1b2c3d" };

    private static ProgramEnded Program(double at, EndKind kind, EndAction action, string reason, int? code = 0, long? step = null, string? slurm = null) =>
        new(At(at), kind, code, null, step, null, null, action, null, reason, slurm, at);

    private void Write(string path, params JournalEvent[] events)
    {
        var full = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllLines(full, events.Select(entry => Encoding.UTF8.GetString(JournalForm.Write(entry))));
        File.SetLastWriteTimeUtc(full, At(315).UtcDateTime);
    }

    private void Report(string path, params (double At, long Step)[] reports)
    {
        File.WriteAllLines(Path.Combine(_folder, path), reports.Select(report => $$"""{"step":{{report.Step}},"total":100,"metric":"loss","value":{{report.Step}},"time":"{{At(report.At):O}}"}"""));
        File.SetLastWriteTimeUtc(Path.Combine(_folder, path), At(315).UtcDateTime);
    }
}
