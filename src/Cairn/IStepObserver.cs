using Cairn.Checkpoints;

namespace Cairn;

/// <summary>A tracked part (<see cref="ICheckpointPart"/>) that has something to do at the beginning of every step.</summary>
public interface IStepObserver
{
    /// <summary>Called after the step boundary, when nothing stops the run: state was saved or restored before, the step's body comes next.</summary>
    /// <param name="step">The step that begins, counted from 0.</param>
    void OnStepBegin(long step);
}
