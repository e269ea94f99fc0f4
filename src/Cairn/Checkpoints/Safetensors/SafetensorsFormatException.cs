namespace Cairn.Checkpoints.Safetensors;

/// <summary>A payload file's header breaks a rule of the format; the message says which.</summary>
internal sealed class SafetensorsFormatException(string message, Exception? inner = null) : FormatException(message, inner);
