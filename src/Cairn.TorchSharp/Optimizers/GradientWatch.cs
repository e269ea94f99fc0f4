using System.Runtime.InteropServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>
/// Finds out whether the gradients that are there at a step boundary go into the next step, by one parameter's: where the next
/// boundary has that tensor still, they do (or were set to zero in place, which looks the same); where it has another, the step began
/// with <c>zero_grad()</c>, and what the boundary had was of no use any more.
/// </summary>
internal sealed partial class GradientWatch
{
    private Parameter? watched;
    private Tensor? held;
    private long heldAt;
    private bool wasLeftOut;
    private bool heldWasLeftOut;

    /// <summary>Whether gradients go from step to step; null as long as nobody knows.</summary>
    public bool? AreCarried { get; set; }

    /// <summary>Whether it was found that a save has no gradients although the step after it went on with them.</summary>
    public bool MissedSome { get; set; }

    /// <summary>A step begins, and what the one before it did is known now.</summary>
    /// <param name="step">The step's number.</param>
    /// <param name="parameters">All parameters; asked only when another one is to be watched.</param>
    public void StepBegins(long step, Func<IEnumerable<Parameter>> parameters)
    {
        Check(step);
        heldWasLeftOut = wasLeftOut;
        wasLeftOut = false;
        if (AreCarried == true)
            return;
        if (watched is null || watched.IsInvalid)
            watched = parameters().Where(parameter => parameter.requires_grad && parameter.numel() > 0).MinBy(parameter => parameter.numel());
        held?.Dispose();
        held = watched is null ? null : Gradient(watched);
        heldAt = step;
    }

    /// <summary>The state is about to be taken.</summary>
    /// <param name="parameters">All parameters.</param>
    public void Boundary(IEnumerable<Parameter> parameters)
    {
        Check(step: null);

        // One that the loss does not depend on tells nothing.
        if (AreCarried != true && held is null)
            watched = parameters.Where(HasGradient).MinBy(parameter => parameter.numel());
    }

    /// <summary>The state was taken without gradients that are there.</summary>
    public void LeaveOut() => wasLeftOut = true;

    // Between two saves of a loop of one's own there may be many steps: another tensor tells nothing then, the same one does.
    private void Check(long? step)
    {
        if (AreCarried == true || held is null || watched!.IsInvalid || step == heldAt)
            return;
        using var now = Gradient(watched);
        if (now is null)
            return;
        if (Address(now.Handle) != Address(held.Handle))
        {
            if (step == heldAt + 1)
                AreCarried = false;
            return;
        }

        MissedSome = heldWasLeftOut;
        AreCarried = true;
        held.Dispose();
        held = null;
    }

    private static bool HasGradient(Parameter parameter)
    {
        using var gradient = Gradient(parameter);
        return gradient is not null && gradient.numel() > 0;
    }

    private static Tensor? Gradient(Parameter parameter) => parameter.grad?.DetachFromDisposeScope();

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static partial nint Address(nint tensor);
}
