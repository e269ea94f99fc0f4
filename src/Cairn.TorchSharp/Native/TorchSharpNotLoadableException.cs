namespace Cairn.TorchSharp.Native;

/// <summary>TorchSharp's native library can't be loaded on this system. The message says what is missing and what to do.</summary>
public sealed class TorchSharpNotLoadableException : CairnException
{
    internal TorchSharpNotLoadableException(string message, Exception? inner = null)
        : base(message, ExitCodes.NeverRequeue, inner)
    {
    }
}
