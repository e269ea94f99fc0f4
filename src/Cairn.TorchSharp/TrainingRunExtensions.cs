using Cairn.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace Cairn;

/// <summary>TorchSharp's objects as parts of a run. They may be tracked in any order, before the first step.</summary>
public static class TrainingRunExtensions
{
    private const string DataName = "data";

    /// <summary>Tracks a module's parameters and persistent buffers (<see cref="ModulePart"/>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint, for example <c>model</c>.</param>
    /// <param name="module">The module, on the device and of the type with which it trains.</param>
    /// <exception cref="UntrackableStateException">It holds a tensor that can't be saved as bytes.</exception>
    public static void Track(this TrainingRun run, string name, nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Track(name, new ModulePart(module));
    }

    /// <summary>Tracks an optimizer's state and options (<see cref="OptimizerPart"/>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint, for example <c>optimizer</c>.</param>
    /// <param name="optimizer">The optimizer, made after its module was moved to where it trains.</param>
    /// <exception cref="UntrackableStateException">LBFGS, or an optimizer that Cairn does not know.</exception>
    public static void Track(this TrainingRun run, string name, Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Track(name, new OptimizerPart(optimizer));
    }

    /// <summary>Tracks a learning-rate scheduler (<see cref="SchedulerPart"/>); its optimizer must be tracked too.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint, for example <c>scheduler</c>.</param>
    /// <param name="scheduler">The scheduler, made with the same settings in every attempt.</param>
    /// <exception cref="UntrackableStateException">The scheduler is none that Cairn knows.</exception>
    public static void Track(this TrainingRun run, string name, LRScheduler scheduler)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Track(name, new SchedulerPart(scheduler));
    }

    /// <summary>Tracks a tensor that belongs to no module (<see cref="TensorPart"/>).</summary>
    /// <typeparam name="T">Tensor. A parameter of its own, for TorchSharp makes a tensor of every array without being asked, and the copy would be tracked.</typeparam>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="tensor">The tensor, which the program changes in place.</param>
    /// <exception cref="UntrackableStateException">It can't be saved as bytes, or was disposed.</exception>
    public static void Track<T>(this TrainingRun run, string name, T tensor)
        where T : Tensor
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Track(name, new TensorPart(tensor));
    }

    /// <summary>Tracks a generator of random numbers of torch's that is not the default one (<see cref="GeneratorPart"/>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="generator">The generator, on the CPU.</param>
    /// <exception cref="UntrackableStateException">It is on another device than the CPU.</exception>
    public static void Track(this TrainingRun run, string name, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Track(name, new GeneratorPart(generator));
    }

    /// <summary>Tracks a generator of random numbers of torch's of which each rank has its own (<see cref="TrainingRun.TrackPerRank"/>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="generator">The generator, on the CPU.</param>
    /// <exception cref="UntrackableStateException">It is on another device than the CPU.</exception>
    public static void TrackPerRank(this TrainingRun run, string name, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.TrackPerRank(name, new GeneratorPart(generator));
    }

    /// <summary>Tracks a tensor of 64 KiB at most of which each rank has its own (<see cref="TrainingRun.TrackPerRank"/>).</summary>
    /// <typeparam name="T">Tensor. A parameter of its own, for TorchSharp makes a tensor of every array without being asked, and the copy would be tracked.</typeparam>
    /// <param name="run">The run.</param>
    /// <param name="name">The part's name in a checkpoint.</param>
    /// <param name="tensor">The tensor, which the program changes in place.</param>
    /// <exception cref="UntrackableStateException">It can't be saved as bytes, or was disposed.</exception>
    public static void TrackPerRank<T>(this TrainingRun run, string name, T tensor)
        where T : Tensor
    {
        ArgumentNullException.ThrowIfNull(run);
        run.TrackPerRank(name, new TensorPart(tensor));
    }

    /// <summary>Tracks torch's random state and thread count under the name <c>random</c> (<see cref="RandomStatePart"/>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="reseedEveryStep">
    /// A seed, to make each step's random numbers a function of the step, on the CPU and on all CUDA devices. Default: only where
    /// CUDA is available, with torch's own seed.
    /// </param>
    public static void TrackRandomState(this TrainingRun run, long? reseedEveryStep = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Track("random", new RandomStatePart(reseedEveryStep));
    }

    /// <summary>
    /// The batches that are still to do, over all epochs in one loop: each is a step, and each move to the next is a step
    /// boundary, as in <see cref="TrainingRun.Steps"/>.
    /// </summary>
    /// <typeparam name="T">What a batch holds.</typeparam>
    /// <param name="run">The run. A loader that it does not track yet it tracks as <c>data</c>, so that a changed data order is found.</param>
    /// <param name="loader">The loader.</param>
    /// <param name="epochs">The epochs of the whole run.</param>
    /// <returns>Batches whose tensors live until the next move.</returns>
    /// <example>
    /// <code>
    /// run.Track("data", loader);
    /// foreach (var batch in run.Batches(loader, epochs: 20))
    /// {
    ///     // one optimizer step on batch.Data
    ///     if (batch.EndsEpoch)
    ///         scheduler.step();
    /// }
    /// </code>
    /// </example>
    /// <exception cref="InvalidOperationException">The loader is not tracked, and neither can be: another part has the name <c>data</c>, or the state was restored already.</exception>
    public static BatchSequence<T> Batches<T>(this TrainingRun run, ResumableLoader<T> loader, long epochs)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentOutOfRangeException.ThrowIfNegative(epochs);
        TrackUnlessTracked(run, loader);
        return new BatchSequence<T>(run.Steps(checked(epochs * loader.BatchesPerEpoch)), loader);
    }

    private static void TrackUnlessTracked(TrainingRun run, ICheckpointPart loader)
    {
        if (run.Tracks(loader))
            return;
        if (run.IsTracked(DataName))
            throw new InvalidOperationException($"the loader is not tracked, so a changed order of the data would not be found, and another part is tracked as '{DataName}': track the loader under a name of its own, run.Track(\"loader\", loader), before run.Batches(...)");
        run.Track(DataName, loader);
    }
}
