using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Cli.Tests.LocalScheduler;

/// <summary>A job with a clock that a test turns, and what it did as short lines: "0 start 1", "12 CONT USR2 to Tasks".</summary>
internal sealed class JobStory
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
    private readonly DateTimeOffset _begin;

    public JobStory(JobRequest request)
    {
        _begin = _time.GetUtcNow();
        Job = new(request, _time);
        Job.Submit();
        Note();
    }

    public Job Job { get; }

    public List<string> Lines { get; } = [];

    public double Now => (_time.GetUtcNow() - _begin).TotalSeconds;

    /// <summary>Goes on in time; the job is woken at each instant that it asks for, as in life.</summary>
    public JobStory Until(double second)
    {
        var end = _begin.AddSeconds(second);
        while (Job.NextInstant is { } next && next <= end)
        {
            if (next > _time.GetUtcNow())
                _time.SetUtcNow(next);
            Job.TimePasses();
            Note();
        }

        if (end > _time.GetUtcNow())
            _time.SetUtcNow(end);
        return this;
    }

    public JobStory Do(Action<Job> happens)
    {
        happens(Job);
        Note();
        return this;
    }

    public JobStory Exits(int code, bool tasksAlive = false) => Do(job => job.MainEnded(ProcessEnd.Exited(code), tasksAlive));

    public JobStory DiesBy(int signal) => Do(job => job.MainEnded(ProcessEnd.Killed(signal), tasksAlive: false));

    private void Note()
    {
        foreach (var action in Job.TakeActions())
        {
            var text = action switch
            {
                JobAction.StartAttempt start => $"start {start.Attempt}",
                JobAction.Signal signal => $"{string.Join(' ', signal.Signals.Select(SlurmSignals.Format))} to {signal.To}",
                JobAction.Freeze freeze => freeze.On ? "freeze" : "thaw",
                JobAction.KillAll => "kill all",
                JobAction.KillBatchLeftovers => "kill leftovers",
                _ => null,
            };
            if (text is not null)
                Lines.Add(FormattableString.Invariant($"{Now:0.##} {text}"));
            if (action is not JobAction.KillAll)
                continue;
            Job.AllGone();
            Note();
        }
    }
}
