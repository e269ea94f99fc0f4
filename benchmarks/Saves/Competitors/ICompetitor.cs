namespace Saves.Competitors;

/// <summary>A way to save the state.</summary>
internal interface ICompetitor : IDisposable
{
    string Name { get; }

    /// <summary>Saves once: how long the training loop waits, and how long until the state is durable (or written, where nothing is synced).</summary>
    (double Stall, double Durable) Save();
}
