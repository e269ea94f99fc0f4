using Cairn.Runs;
using Microsoft.Extensions.Logging;

namespace Cairn;

/// <summary>
/// How a training run saves, stops and reports. Every property has a default that is right for a first try. A run takes a copy when it
/// is opened: what is set later counts for the next one.
/// </summary>
public sealed class TrainingRunOptions
{
    private TimeSpan? margin;

    /// <summary>When to save besides at the last step and at a stop. Default: every ten minutes.</summary>
    public SaveSchedule Save { get; set; } = SaveSchedule.Every(TimeSpan.FromMinutes(10));

    /// <summary>How a save is made. Default: asynchronous, which needs memory for one more state.</summary>
    public SaveMode SaveMode { get; set; }

    /// <summary>
    /// Whether <see cref="TrainingRun.BeforeOptimizerStep"/> looks for tensors that were changed before it was called in every
    /// save to the last byte, by hashes that are taken at the boundary while the loop waits. Default: false, which does so in the
    /// first three overlapped saves of every attempt, and looks at a sample of each tensor in the later ones.
    /// </summary>
    public bool CheckOverlap { get; set; }

    /// <summary>What to do when a save is due while another one is still being written. Default: the new one is left out. A stop always waits.</summary>
    public WhenStillSaving WhenStillSaving { get; set; }

    /// <summary>Which checkpoints to keep. Default: the newest three. At least two are always kept.</summary>
    public RetentionPolicy Keep { get; set; } = Retention.KeepLast(3);

    /// <summary>
    /// The signals by which Slurm (or anybody) warns: names as in <c>#SBATCH --signal</c>. Default: USR2.
    /// TERM and INT always count.
    /// </summary>
    public IReadOnlyList<string> WarningSignals { get; set; } = ["USR2"];

    /// <summary>A file whose existence asks the run to save and stop, without a requeue. Default: <c>stop</c> in the checkpoint folder.</summary>
    public string? StopFile { get; set; }

    /// <summary>
    /// How long before the deadline the run stops by itself. Default: measured, the longest recent step plus the longest save
    /// with a margin, in this attempt and the newest ones before it; as long as none is known 60 s or a fifth of the wall
    /// time, whichever is less.
    /// </summary>
    public TimeSpan? Margin
    {
        get => margin;
        set
        {
            if (value < TimeSpan.Zero)
                throw new ArgumentOutOfRangeException(nameof(value), value, "Margin is a time before the deadline: at least 0");
            margin = value;
        }
    }

    /// <summary>The deadline stops nothing any more, so that a test sees what Slurm sends at the end.</summary>
    internal void IgnoreDeadline() => margin = TimeSpan.FromHours(-1);

    /// <summary>
    /// Whether the process is ended by force when the job's end is seconds away and no step boundary has come (a step that is too
    /// long, a hang, the last work): the newest checkpoint stands, and the job is requeued. Else Slurm kills it, and the job is
    /// over. Default: true.
    /// </summary>
    public bool ForcedStop { get; set; } = true;

    /// <summary>
    /// After how many times the longest recent step a step counts as hanging, at least a minute and twice the longest step that is known
    /// (an evaluation that comes rarely): it is told of in the log and the
    /// journal with what is known, and goes on. Default: 10. Null: never.
    /// </summary>
    public double? HangFactor
    {
        get;
        set
        {
            if (value is <= 1 or double.NaN)
                throw new ArgumentOutOfRangeException(nameof(value), value, "HangFactor says how many times the longest recent step a step may take: more than 1");
            field = value;
        }
    } = 10;

    /// <summary>Whether to put the job back in the queue when it was stopped before its end. Default: true.</summary>
    public bool Requeue { get; set; } = true;

    /// <summary>
    /// Whether to put a job back in the queue that is preempted in a partition which cancels such jobs (PreemptMode=CANCEL):
    /// the cluster does not mean it to come back. Default: false.
    /// </summary>
    public bool RequeueIfPreemptionCancels { get; set; }

    /// <summary>
    /// After so many attempts the job is not put back in the queue any more (exit code 78). Default: null, any number. Three
    /// attempts in a row that ended by limit, crash or hang without a new checkpoint end it in any case.
    /// </summary>
    public int? MaxAttempts
    {
        get;
        set
        {
            if (value < 1)
                throw new ArgumentOutOfRangeException(nameof(value), value, "MaxAttempts counts the attempts that are allowed in all, this one included: at least 1");
            field = value;
        }
    }

    /// <summary>
    /// Whether a job that was submitted with <c>--no-requeue</c>, or on a cluster with JobRequeue=0, may be made requeuable (its
    /// owner is allowed to). It is done at the start, for Slurm refuses it once it is ending the job. Default: true.
    /// </summary>
    public bool SwitchRequeueOn { get; set; } = true;

    /// <summary>
    /// A command that is told, by a line of JSON on its standard input, when the job is requeued, given up, stopped or finished, and when saves
    /// begin to fail (docs/run.md): a program and its arguments, no shell. An end waits for it for two seconds at most where the job is requeued, for
    /// ten otherwise, and never longer than a tenth of the time that is left. Default: none.
    /// </summary>
    public IReadOnlyList<string> Notify { get; set; } = [];

    /// <summary>
    /// Whether to refuse to go on, instead of warning, when a condition of exactness differs from the checkpoint's
    /// (another CPU capability, library version, thread count or number of ranks). Default: false.
    /// </summary>
    public bool Strict { get; set; }

    /// <summary>
    /// With several ranks: whether plain values and generators that are tracked (<see cref="TrackedValues"/>) are the same on every rank.
    /// Rank 0's are saved, and put back on all. Default: false, which refuses such parts where there is more than one rank; <see cref="TrainingRun.TrackPerRank"/>
    /// keeps those that differ.
    /// </summary>
    public bool ReplicatedValues { get; set; }

    /// <summary>How the ranks of a job step act together. Default: <see cref="RankMode.Auto"/>.</summary>
    public RankMode Ranks { get; set; }

    /// <summary>How long to wait for the ranks that have not come yet. Default: three minutes, for a shared file system may show rank 0's claim a minute late.</summary>
    public TimeSpan RankPatience
    {
        get;
        set
        {
            if (value <= TimeSpan.Zero)
                throw new ArgumentOutOfRangeException(nameof(value), value, "RankPatience is how long ranks wait for each other: more than 0");
            field = value;
        }
    } = TimeSpan.FromMinutes(3);

    /// <summary>
    /// With several ranks: in every how many saves, the first one included, each rank compares a 64 MiB piece of its state with what another one
    /// writes, in turn; what should be the same and is not is told of. The hashing takes its time at the boundary. Default: null, never.
    /// </summary>
    public int? CheckReplicas
    {
        get;
        set
        {
            if (value < 1)
                throw new ArgumentOutOfRangeException(nameof(value), value, "CheckReplicas counts saves: at least 1, or null for never");
            field = value;
        }
    }

    /// <summary>
    /// With several ranks: whether each file of a checkpoint is written by one rank alone, for file systems on which several machines
    /// should not write one file at a time. The files are the same; shares are coarser. Default: false.
    /// </summary>
    public bool OneWriterPerFile { get; set; }

    /// <summary>
    /// Names of parts that a checkpoint may lack, or have although the program does not track them any more: such a part begins as the program
    /// made it, or is left alone, and that is said at the start. Default: none, which refuses a checkpoint that has not the very parts that are tracked.
    /// </summary>
    public IReadOnlyCollection<string> OptionalParts { get; set; } = [];

    /// <summary>
    /// Where a run begins that has no checkpoint of its own yet: another run's checkpoint, or a safetensors file. Default: null, at step 0 with
    /// what the program has made.
    /// </summary>
    public StartFrom? StartFrom { get; set; }

    /// <summary>Where messages go. Default: one line each on standard error.</summary>
    public ILogger? Logger { get; set; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Whether another runtime that hosts the library has the signals' handlers, and tells of what they heard (<see cref="TrainingRun.HostGot"/>).</summary>
    internal bool SignalsByHost { get; set; }

    /// <summary>Which rank this process is, where the host knows better than Slurm's variables; null for these.</summary>
    internal RankPlace? Place { get; set; }

    internal TrainingRunOptions Copy() => (TrainingRunOptions)MemberwiseClone();
}
