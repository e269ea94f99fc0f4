namespace Cairn.TorchSharp.Native;

/// <summary>The system's libraries are too old for TorchSharp's native library.</summary>
public sealed class TorchNativeException : CairnException
{
    internal TorchNativeException(string message)
        : base(message, ExitCodes.NeverRequeue)
    {
    }
}
