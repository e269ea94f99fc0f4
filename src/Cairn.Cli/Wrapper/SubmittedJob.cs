using Cairn.Cli.Submissions;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper;

/// <summary>What <c>cairn submit</c> has left for its jobs: the record of the code, and the chain that a job is part of.</summary>
internal sealed class SubmittedJob
{
    // The program has ended by then: a large folder on a busy disk must not hold up the job.
    private static readonly TimeSpan LongestAtEnd = TimeSpan.FromSeconds(2);

    private readonly string? _jobId;
    private readonly Lazy<string?> _record;
    private readonly Lazy<string?> _chain;
    private TaskCompletionSource? _looked;

    /// <param name="job">The job; null without Slurm: then nothing was submitted.</param>
    public SubmittedJob(SlurmJob? job)
    {
        // The record has an array's id, and a heterogeneous job's leader.
        _jobId = job?.RequeueId.Split('_')[0];
        _record = new(() => Mine(Submission.Variable));
        _chain = new(() => Mine(Chain.Variable));
    }

    /// <summary>Another job of the chain waits for this one, whatever becomes of it.</summary>
    public bool IsInChain => _chain.Value is not null;

    /// <summary>The file that says so: <see cref="IsOver"/>.</summary>
    public string? EndMark => _chain.Value is { } record ? Chain.FinishedMark(record) : null;

    /// <summary>An earlier job of the chain has ended it.</summary>
    public bool IsOver => Named(Chain.Variable) is { } record && Chain.IsFinished(record) && IsInChain; // in this order: a program waits, and the record is long

    /// <summary>Compares the code with what was submitted, beside the program: that may take longer than its start.</summary>
    /// <param name="aside">Looks.</param>
    /// <param name="say">Is handed a sentence for each kind of change, on another thread.</param>
    public void LookForDrift(Aside aside, Action<string> say)
    {
        if (_jobId is null || Named(Submission.Variable) is null)
            return;
        var looked = _looked = new();
        aside.Begin(() =>
        {
            foreach (var sentence in _record.Value is { } record ? Drift.Since(record) : [])
                say(sentence);
            looked.SetResult();
        });
    }

    /// <summary>Lets a look that is not over yet come to its end: a program that fails at once may do so by what has changed.</summary>
    public void FinishLooking() => _looked?.Task.Wait(LongestAtEnd);

    /// <summary>Cancels the jobs behind this one.</summary>
    /// <param name="why">In words, the begin of a sentence.</param>
    /// <returns>A sentence of what became of that; null without a chain.</returns>
    public string? EndChain(string why) => _chain.Value is { } record ? Chain.CancelRest(record, _jobId, why).Sentence : null;

    // The record that a variable names. One that cannot be read counts: what is done with it says so.
    private string? Mine(string variable)
    {
        if (_jobId is null || Named(variable) is not { } record)
            return null;
        try
        {
            return SubmissionRecord.Read(record).IsOf(_jobId) ? record : null;
        }
        catch (SubmissionException)
        {
            return record;
        }
    }

    private static string? Named(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } record ? record : null;
}
