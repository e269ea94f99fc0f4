using System.Buffers.Binary;
using System.Text;

namespace Cairn.Ranks;

/// <summary>What a message between a rank and the hub is. The numbers travel: none is ever given another meaning.</summary>
internal enum RankMessageKind : byte
{
    /// <summary>To the hub, the first: who this is (<see cref="Greeting"/>).</summary>
    Hello = 1,

    /// <summary>From the hub: this rank is one of its own.</summary>
    Welcome = 2,

    /// <summary>From the hub: it is not, and why (<see cref="RankMessage.Text"/>).</summary>
    Refused = 3,

    /// <summary>To the hub: all ranks should do something at one step, not before <see cref="RankMessage.Step"/>.</summary>
    Wanted = 4,

    /// <summary>From the hub: nobody goes past another boundary until round <see cref="RankMessage.Number"/> is over.</summary>
    Hold = 5,

    /// <summary>To the hub: the boundary that training passed last, as it is in this round.</summary>
    Passed = 6,

    /// <summary>From the hub: the round is over; what was wanted is done at <see cref="RankMessage.Step"/>.</summary>
    Act = 7,

    /// <summary>To the hub, which hands it to rank 0: what this rank says to a topic.</summary>
    Answer = 8,

    /// <summary>From rank 0, by the hub, to all others: what is said to a topic.</summary>
    Announce = 9,

    /// <summary>From the hub: a rank is gone without a word.</summary>
    Lost = 10,

    /// <summary>To the hub, which hands it to rank 0: this rank ends now, in order.</summary>
    Bye = 11,

    /// <summary>Both ways: still here.</summary>
    Beat = 12,
}

/// <summary>What all ranks do at one step. Of two that meet the greater one is done.</summary>
internal enum RankPurpose : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A save that a schedule asks for by time.</summary>
    Save = 1,

    /// <summary>A stop.</summary>
    Stop = 2,

    /// <summary>The step is the last one.</summary>
    Complete = 3,

    /// <summary>One rank ends by itself: rank 0 ends the run at its next boundary. It does not travel.</summary>
    Leave = 4,

    /// <summary>A boundary to which all come for rank 0's word about a save, without having agreed. It does not travel.</summary>
    Meet = 5,
}

/// <summary>What answers and announcements are about.</summary>
internal enum RankTopic : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Whether all ranks are there, and go on together.</summary>
    Begin = 1,

    /// <summary>With which checkpoint to begin.</summary>
    Restore = 2,

    /// <summary>The end of the attempt.</summary>
    End = 3,

    /// <summary>A barrier of the program's.</summary>
    Barrier = 4,

    /// <summary>Bytes of the program's.</summary>
    Broadcast = 5,

    /// <summary>A save in shares.</summary>
    Save = 6,

    /// <summary>Whether all begin with what was restored.</summary>
    Settled = 7,

    /// <summary>A rank ends by itself.</summary>
    Leave = 8,

    /// <summary>Where the shares of a save are written.</summary>
    SaveFolder = 9,

    /// <summary>What a rank has of its own of the state that is saved.</summary>
    SaveStates = 10,

    /// <summary>Where each rank stands: asked when a step takes long.</summary>
    Stand = 11,

    /// <summary>What the longest of a rank's recent steps took.</summary>
    LongestStep = 12,
}

/// <summary>One message of the control plane. What a field means depends on the kind; what is not needed is empty.</summary>
/// <param name="Kind">What it is.</param>
internal sealed record RankMessage(RankMessageKind Kind)
{
    private const int FixedLength = 1 + 1 + 1 + 4 + 8 + 8 + 4;

    /// <summary>No message is longer: nobody is made to take memory for more.</summary>
    public const int MaximumLength = 16 << 20;

    /// <summary>Whose, or about whom.</summary>
    public int Rank { get; init; }

    /// <summary>Which round, or which of its topic.</summary>
    public long Number { get; init; }

    /// <summary>A step.</summary>
    public long Step { get; init; }

    /// <summary>What for.</summary>
    public RankPurpose Purpose { get; init; }

    /// <summary>About what.</summary>
    public RankTopic Topic { get; init; }

    /// <summary>Words for a person.</summary>
    public string Text { get; init; } = string.Empty;

    /// <summary>Bytes for the other side.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The message with its length before it, as it travels: little-endian numbers, UTF-8, then the data.</summary>
    public byte[] ToFrame()
    {
        var text = Encoding.UTF8.GetBytes(Text);
        var frame = new byte[sizeof(int) + FixedLength + text.Length + Data.Length];
        var rest = frame.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(rest, frame.Length - sizeof(int));
        rest = rest[sizeof(int)..];
        (rest[0], rest[1], rest[2]) = ((byte)Kind, (byte)Purpose, (byte)Topic);
        BinaryPrimitives.WriteInt32LittleEndian(rest[3..], Rank);
        BinaryPrimitives.WriteInt64LittleEndian(rest[7..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(rest[15..], Step);
        BinaryPrimitives.WriteInt32LittleEndian(rest[23..], text.Length);
        text.CopyTo(rest[FixedLength..]);
        Data.Span.CopyTo(rest[(FixedLength + text.Length)..]);
        return frame;
    }

    /// <summary>Reads a message without its length.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static RankMessage Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedLength)
            throw new InvalidDataException("a message is cut off");
        var textLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[23..]);
        if (textLength < 0 || textLength > bytes.Length - FixedLength)
            throw new InvalidDataException("the length of a message's text is impossible");
        return new RankMessage((RankMessageKind)bytes[0])
        {
            Purpose = (RankPurpose)bytes[1],
            Topic = (RankTopic)bytes[2],
            Rank = BinaryPrimitives.ReadInt32LittleEndian(bytes[3..]),
            Number = BinaryPrimitives.ReadInt64LittleEndian(bytes[7..]),
            Step = BinaryPrimitives.ReadInt64LittleEndian(bytes[15..]),
            Text = Encoding.UTF8.GetString(bytes.Slice(FixedLength, textLength)),
            Data = bytes[(FixedLength + textLength)..].ToArray(),
        };
    }
}
