namespace Saves.Processes;

/// <summary>What a resume took, in seconds.</summary>
/// <param name="Opened">Until the run was open.</param>
/// <param name="Restored">Until the verified state was in the model, the opening included.</param>
/// <param name="FirstStepLonger">What the first step took longer than those after it.</param>
internal sealed record Resumed(double Opened, double Restored, double FirstStepLonger)
{
    public double Total => Restored + FirstStepLonger;
}
