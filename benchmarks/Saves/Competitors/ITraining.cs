namespace Saves.Competitors;

/// <summary>A training, with saves or without.</summary>
internal interface ITraining : IDisposable
{
    string Name { get; }

    /// <summary>Goes on by so many steps.</summary>
    void Do(int steps);
}
