namespace Cairn.Checkpoints;

/// <summary>A part of the training state that can be saved and put back: a model, an optimizer, a counter, anything of one's own.</summary>
/// <remarks>
/// All members are called only between two steps. A restore goes in this order: <see cref="FindDifferences"/> of
/// every part; only if none has any, <see cref="Restore"/> of every part, in the order in which they were tracked.
/// </remarks>
public interface ICheckpointPart
{
    /// <summary>Describes the state as it is now: names, element types, shapes, values. Copies no tensor.</summary>
    PartState Describe();

    /// <summary>Compares a saved state with what this part could take, and changes nothing.</summary>
    /// <returns>One sentence a difference, without the part's name; none when the saved state fits.</returns>
    IEnumerable<string> FindDifferences(PartRecord saved);

    /// <summary>Puts the saved state back, in place. Called only when there was no difference.</summary>
    /// <exception cref="CairnException">The bytes on disk are not what the commit record says; the store goes on with an older checkpoint.</exception>
    void Restore(PartReader saved);

    /// <summary>
    /// Whether a value of <see cref="Describe"/> is a setting: chosen by the program when it starts, and changed by the training
    /// (a learning rate, say). What the program chose then is kept with every save; where it chooses something else at a later
    /// start, the run says so, and goes on with what the checkpoint has.
    /// </summary>
    /// <param name="name">The value's name.</param>
    /// <returns>False, the default, where it is none, or where <see cref="FindDifferences"/> refuses another value.</returns>
    bool IsSetting(string name) => false;

    /// <summary>
    /// Called before each step, after a restore and after every save: to seed generators from the step's number, say, or to begin to
    /// watch what the step changes. Default: nothing.
    /// </summary>
    /// <param name="step">The number of the step that begins, from 0.</param>
    void OnStepBegin(long step)
    {
    }

    /// <summary>What a person should be told that has come up since this was asked last; asked after saves.</summary>
    /// <returns>A sentence each, without the part's name, told as warnings. Default: none.</returns>
    IEnumerable<string> TakeRemarks() => [];
}
