namespace Cairn;

/// <summary>TorchSharp's native library can't be loaded on this system. The message says what is missing and what to do.</summary>
public sealed class TorchNativeException : CairnException
{
    internal TorchNativeException(string message)
        : base(message, ExitCodes.NeverRequeue)
    {
    }
}
