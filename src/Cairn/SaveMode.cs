namespace Cairn;

/// <summary>How a save is made.</summary>
public enum SaveMode
{
    /// <summary>
    /// The loop waits while the state is copied; hashing and writing go on behind the training. Needs memory for one more
    /// state besides the model, kept for the whole run: ask Slurm for so much more (<c>--mem</c>). Where it is not there, by the
    /// limits of the job and the machine, the run says so and saves as in <see cref="Synchronous"/>.
    /// </summary>
    Asynchronous,

    /// <summary>The loop waits until the checkpoint is durable; the state is streamed to the disk and needs no memory besides.</summary>
    Synchronous,

    /// <summary>
    /// As <see cref="Asynchronous"/>, but what only the optimizer's step changes is copied while the next forward and backward
    /// pass run. The program calls <see cref="TrainingRun.BeforeOptimizerStep"/> in every step, right before it lets the optimizer
    /// change the parameters. At a stop, at the end and in loops of one's own the whole state is copied at once.
    /// </summary>
    Overlapped,
}
