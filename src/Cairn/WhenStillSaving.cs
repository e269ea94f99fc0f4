namespace Cairn;

/// <summary>What to do when a save is due while another one is still being written.</summary>
public enum WhenStillSaving
{
    /// <summary>This one is left out; the journal says so.</summary>
    Skip,

    /// <summary>The loop waits for the other one, and then this one is made.</summary>
    Wait,
}
