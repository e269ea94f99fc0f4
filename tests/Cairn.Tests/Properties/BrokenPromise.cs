namespace Cairn.Tests.Properties;

/// <summary>What a run did, and must not.</summary>
internal sealed class BrokenPromise(string message) : Exception(message);
