namespace Saves.Competitors;

/// <summary>The bare loop.</summary>
internal sealed class TrainingWithoutSaves(Training training) : ITraining
{
    public string Name => "no saves";

    public void Do(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            training.ForwardAndBackward();
            training.OptimizerStep();
        }
    }

    public void Dispose()
    {
    }
}
