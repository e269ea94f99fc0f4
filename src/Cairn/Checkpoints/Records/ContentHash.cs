using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Cairn.Checkpoints.Records;

/// <summary>XxHash128 of some bytes: finds what went wrong by accident (a torn write, a flipped bit); it is no defence against forgery.</summary>
/// <remarks>
/// Written as 32 hexadecimal digits, in lower case, the most significant first, as <c>xxh128sum</c> prints it. Two halves rather
/// than a UInt128: whatever holds one of those cannot be compiled before it runs.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ContentHash(ulong High, ulong Low)
{
    /// <summary>How many characters the text form has.</summary>
    public const int TextLength = 32;

    private const int Bytes = 16;

    public static ContentHash Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        XxHash128.Hash(bytes, hash);
        return FromBytes(hash);
    }

    /// <summary>The hash of everything that was appended so far.</summary>
    public static ContentHash Of(XxHash128 appended)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        appended.GetCurrentHash(hash);
        return FromBytes(hash);
    }

    public static bool TryParse(ReadOnlySpan<char> text, out ContentHash hash)
    {
        hash = default;
        if (text.Length != TextLength
            || !ulong.TryParse(text[..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var high)
            || !ulong.TryParse(text[16..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low))
            return false;
        hash = new ContentHash(high, low);

        // One form only: a flipped bit may not turn a digit into its capital and go unnoticed.
        return text.SequenceEqual(hash.ToString());
    }

    public override string ToString() => string.Create(TextLength, this, static (text, hash) => hash.Write(text));

    /// <summary>Writes the text form.</summary>
    /// <param name="text">Where to; as long as <see cref="TextLength"/>.</param>
    public void Write(Span<char> text)
    {
        High.TryFormat(text, out _, "x16", CultureInfo.InvariantCulture);
        Low.TryFormat(text[16..], out _, "x16", CultureInfo.InvariantCulture);
    }

    private static ContentHash FromBytes(ReadOnlySpan<byte> hash) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]));
}
