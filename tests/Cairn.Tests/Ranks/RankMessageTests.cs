using Cairn.Ranks;

namespace Cairn.Tests.Ranks;

/// <summary>What travels between ranks, to the byte: a rank and its hub may be of different versions of Cairn.</summary>
public sealed class RankMessageTests
{
    private static readonly RankMessage Message = new(RankMessageKind.Announce)
    {
        Rank = 3,
        Number = 4,
        Step = 0x0102030405060708,
        Purpose = RankPurpose.Stop,
        Topic = RankTopic.Save,
        Text = "é",
        Data = new byte[] { 9, 8 },
    };

    [Fact]
    public void A_message_is_written_as_ever() =>
        Assert.Equal("1F000000090206030000000400000000000000080706050403020102000000C3A90908", Convert.ToHexString(Message.ToFrame()));

    [Fact]
    public void A_greeting_is_written_as_ever() => Assert.Equal(
        "token\n64\n17.0 after 2 restarts\nn1\n4711", new Greeting("token", 64, "17.0 after 2 restarts", "n1", 4711).ToMessage(3) is { Kind: RankMessageKind.Hello, Number: 1, Rank: 3 } hello ? hello.Text : null);

    [Fact]
    public void Bytes_that_come_one_by_one_are_messages()
    {
        var frames = new FrameBuffer { Most = RankMessage.MaximumLength };
        var came = new List<RankMessage>();
        foreach (var one in new[] { Message.ToFrame(), new RankMessage(RankMessageKind.Beat).ToFrame(), (Message with { Data = new byte[100_000] }).ToFrame() }.SelectMany(frame => frame))
        {
            frames.Free[0] = one;
            frames.Came(1);
            while (frames.Take() is { } message)
                came.Add(message);
        }

        Assert.Equal([RankMessageKind.Announce, RankMessageKind.Beat, RankMessageKind.Announce], came.Select(message => message.Kind));
        Assert.Equal((3, 4, 0x0102030405060708, RankPurpose.Stop, RankTopic.Save, "é"), (came[0].Rank, came[0].Number, came[0].Step, came[0].Purpose, came[0].Topic, came[0].Text));
        Assert.Equal([9, 8], came[0].Data.ToArray());
        Assert.Equal(100_000, came[2].Data.Length);
    }

    [Theory]
    [InlineData("FFFFFFFF", "a message of -1 bytes is too long")]
    [InlineData("01100000", "a message of 4097 bytes is too long")]
    [InlineData("0100000009", "a message is cut off")]
    [InlineData("1B000000090206030000000400000000000000080706050403020101000000", "the length of a message's text is impossible")]
    [InlineData("1B0000000902060300000004000000000000000807060504030201FFFFFFFF", "the length of a message's text is impossible")]
    public void What_is_no_message_is_refused(string bytes, string why)
    {
        var frames = new FrameBuffer();
        Convert.FromHexString(bytes).CopyTo(frames.Free);
        frames.Came(bytes.Length / 2);
        Assert.Equal(why, Assert.Throws<InvalidDataException>(() => frames.Take()).Message);
    }

    [Theory]
    [InlineData("n1:7000:abc", "n1", 7000, "abc")]
    [InlineData("n1,10.0.0.1,fe80::1:7000:abc", "n1 10.0.0.1 fe80::1", 7000, "abc")]
    public void An_address_is_read_and_written(string text, string hosts, int port, string token)
    {
        var address = ControlAddress.Parse(text)!;
        Assert.Equal((hosts, port, token, text), (string.Join(' ', address.Hosts), address.Port, address.Token, address.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("n1")]
    [InlineData("n1:7000")]
    [InlineData("n1:7000:")]
    [InlineData(":7000:abc")]
    [InlineData(",:7000:abc")]
    [InlineData("n1:0:abc")]
    [InlineData("n1:65536:abc")]
    [InlineData("n1:+7:abc")]
    public void What_is_no_address_is_none(string? text) => Assert.Null(ControlAddress.Parse(text));

    [Theory]
    [InlineData("27301-27302", 27301)]
    [InlineData("27301", 27301)]
    [InlineData("27301,27305-27310", 27301)]
    [InlineData("", 0)]
    [InlineData("(null)", 0)]
    [InlineData("70000", 0)]
    [InlineData(null, 0)]
    public void The_first_port_that_Slurm_has_reserved_is_taken(string? ports, int port) => Assert.Equal(port, ControlAddress.ReservedPort(_ => ports));
}
