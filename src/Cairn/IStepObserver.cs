namespace Cairn;

/// <summary>A tracked part that wants to act before each step, for example to seed generators from the step's number.</summary>
public interface IStepObserver
{
    /// <summary>Called before each step, after a restore and after every save.</summary>
    /// <param name="step">The number of the step that begins, from 0.</param>
    void OnStepBegin(long step);
}
