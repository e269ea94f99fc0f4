namespace Cairn.Tests.Runs;

/// <summary>The system's clock, but faster: for what takes minutes by design.</summary>
internal sealed class FastTime(int factor) : TimeProvider
{
    private readonly long began = System.GetTimestamp();
    private readonly DateTimeOffset beganAt = System.GetUtcNow();

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => began + ((System.GetTimestamp() - began) * factor);

    public override DateTimeOffset GetUtcNow() => beganAt + ((System.GetUtcNow() - beganAt) * factor);
}
