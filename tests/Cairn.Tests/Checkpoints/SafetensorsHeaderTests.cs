using System.Buffers.Binary;
using System.Text;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Safetensors;
using CsCheck;

namespace Cairn.Tests.Checkpoints;

public sealed class SafetensorsHeaderTests
{
    private const string Good = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"U8","shape":[],"data_offsets":[24,25]},"c":{"dtype":"I64","shape":[0,7],"data_offsets":[25,25]}}""";

    [Theory]
    [InlineData(Good, 25)]
    [InlineData(Good + "   \n\t ", 25)]
    [InlineData("{}", 0)]
    [InlineData("""{"__metadata__":{}}""", 0)]
    [InlineData("""{ "b" : { "shape" : [ 1 ] , "data_offsets" : [ 4 , 5 ] , "dtype" : "BOOL" } , "a" : { "dtype":"BF16","shape":[2],"data_offsets":[0,4]} }""", 5)]
    [InlineData("""{"":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    public void A_header_by_the_rules_is_read(string json, long data)
    {
        var header = Header(json);

        var entries = SafetensorsHeader.Parse(header, header.Length + data);

        Assert.Equal(data, entries.Sum(entry => entry.Info.ByteCount));
        Assert.Equal(entries.Select(entry => entry.Offset), entries.Select(entry => entry.Offset).Order());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" {}")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{}x")]
    [InlineData("{}\0")]
    [InlineData("{},")]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"a":{}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}""")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"C64","shape":[0],"data_offsets":[0,0]}}""")]
    [InlineData("""{"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"\u0061":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""")]
    [InlineData("""{"a":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,18446744073709551620]}}""")]
    [InlineData("""{"__metadata__":{"n":1}}""")]
    [InlineData("""{"__metadata__":"x"}""")]
    [InlineData("""{"__metadata__":{"n":"1","n":"1"}}""")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""")]
    [InlineData("""{"a\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},}""")]
    [InlineData("""{/**/"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""")]
    public void A_header_that_breaks_a_rule_is_refused(string json)
    {
        var header = Header(json);

        Assert.Throws<SafetensorsFormatException>(() => SafetensorsHeader.Parse(header, header.Length + 4));
    }

    [Fact]
    public void A_name_that_is_no_UTF_8_is_refused()
    {
        var header = Header("""{"a?":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""");
        header[Array.IndexOf(header, (byte)'?')] = 0xFF;

        Assert.Throws<SafetensorsFormatException>(() => SafetensorsHeader.Parse(header, header.Length + 4));
    }

    [Theory]
    [InlineData(100_000_001UL, 1L << 40)]
    [InlineData(ulong.MaxValue, 1L << 40)]
    [InlineData((ulong)long.MaxValue, long.MaxValue)]
    [InlineData(93UL, 100L)]
    [InlineData(0UL, 7L)]
    public void A_length_that_cannot_be_is_refused(ulong length, long fileSize)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);

        Assert.Throws<SafetensorsFormatException>(() => SafetensorsHeader.Size(bytes, fileSize));
    }

    [Fact]
    public void A_list_of_endless_dimensions_takes_no_memory()
    {
        var header = Header("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + string.Join(',', Enumerable.Repeat('1', 4_000_000)) + "],\"data_offsets\":[0,1]}}");

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SafetensorsFormatException>(() => SafetensorsHeader.Parse(header, header.Length + 1));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Random_bytes_are_refused_and_take_no_memory() =>
        Gen.Byte.Array[0, 300].Sample(bytes => Survives(bytes, bytes.Length), iter: 20_000);

    [Fact]
    public void A_good_header_with_some_bytes_changed_is_refused_or_read_by_the_rules()
    {
        var good = Header(Good);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.OneOf(Gen.Byte, Gen.OneOf("{}[]\",:0159\\ue-"u8.ToArray())))
            .Array[1, 4]
            .Sample(
                changes =>
                {
                    var bytes = good.ToArray();
                    foreach (var (position, value) in changes)
                        bytes[position] = value;
                    return Survives(bytes, bytes.Length + 25);
                },
                iter: 50_000);
    }

    private static bool Survives(byte[] bytes, long fileSize)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var entries = SafetensorsHeader.Parse(bytes, fileSize);
            Assert.All(entries, entry => Assert.True(entry.Offset >= bytes.Length && entry.Offset + entry.Info.ByteCount <= fileSize));
        }
        catch (SafetensorsFormatException)
        {
            // Refused: as good as read.
        }

        return GC.GetAllocatedBytesForCurrentThread() - before < 200_000;
    }

    private static byte[] Header(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var header = new byte[8 + bytes.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)bytes.Length);
        bytes.CopyTo(header, 8);
        return header;
    }
}
