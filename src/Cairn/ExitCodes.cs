namespace Cairn;

/// <summary>The exit codes of a training run, the same in the library and in the command line.</summary>
public static class ExitCodes
{
    /// <summary>Finished; or stopped, saved, and the requeue is done.</summary>
    public const int Success = 0;

    /// <summary>The loop was left before its end without <c>Complete()</c>: the program's own doing, not a stop.</summary>
    public const int Incomplete = 1;

    /// <summary>Saved, but the job is not requeued, for Slurm refused or did not answer (EX_UNAVAILABLE); the log says how to do it by hand.</summary>
    public const int RequeueFailed = 69;

    /// <summary>"Requeue me" (EX_TEMPFAIL): only under a wrapper that said so with <c>CAIRN_REQUEUE=wrapper</c>.</summary>
    public const int RequeueMe = 75;

    /// <summary>"Never requeue me" (EX_CONFIG): starting again would fail in the same way, or is not wanted; the message says why.</summary>
    public const int NeverRequeue = 78;

    /// <summary>Stopped by INT (Ctrl-C); the state is saved, nothing is requeued.</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped and saved, and not to be requeued: cancelled, by a stop file, preempted for good, or without Slurm.</summary>
    public const int Terminated = 143;
}
