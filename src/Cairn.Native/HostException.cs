namespace Cairn.Native;

/// <summary>A function of the host's said that it failed. The engine does not know it, so it goes through to the host's own call.</summary>
internal sealed class HostException(string message) : Exception(message);
