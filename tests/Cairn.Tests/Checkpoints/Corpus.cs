using System.Text;
using CsCheck;

namespace Cairn.Tests.Checkpoints;

/// <summary>Seeds in files, and what a fuzzer makes of them: bytes changed, pieces cut out, doubled, put in, two seeds in one.</summary>
internal sealed class Corpus
{
    // What a parser of JSON, of sizes and of file names is most likely to stumble over.
    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "{", "}", "[", "]", "\"", ",", ":", "\\", "\\u0000", "\\ud800", "\0", " ", "null", "true", "-1", "0", "4096", "1e999", "0.5",
            "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616", "..", "../", "/", "/etc/passwd",
            "link.safetensors", "out/model.safetensors", "model.safetensors", "C128", "I64", "U8", "[[[[[[[[", "{\"a\":", "/**/", "//",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xEF, 0xBB, 0xBF],
    ];

    private readonly byte[][] seeds;

    /// <summary>The seeds in a folder beside this file.</summary>
    public Corpus(string folder)
    {
        var path = Path.Combine(Checkout.Path, "tests", "Cairn.Tests", "Checkpoints", "Corpus", folder);
        Seeds = Directory.EnumerateFiles(path).ToDictionary(file => Path.GetFileNameWithoutExtension(file), File.ReadAllBytes, StringComparer.Ordinal);
        seeds = [.. Seeds.OrderBy(seed => seed.Key, StringComparer.Ordinal).Select(seed => seed.Value)];
    }

    /// <summary>The seeds by the names of their files.</summary>
    public IReadOnlyDictionary<string, byte[]> Seeds { get; }

    /// <summary>A seed after one to five changes.</summary>
    public Gen<byte[]> Mutants => Gen.Select(
        Gen.Int[0, seeds.Length - 1],
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 1 << 20], Gen.Int[1, 40], Gen.Int[0, (Tokens.Length * seeds.Length) - 1]).Array[1, 5],
        (seed, changes) => changes.Aggregate(seeds[seed], Change));

    private byte[] Change(byte[] bytes, (int Kind, int Position, int Length, int What) change)
    {
        var position = change.Position % (bytes.Length + 1);
        var end = Math.Min(position + change.Length, bytes.Length);
        var token = Tokens[change.What % Tokens.Length];
        var other = seeds[change.What % seeds.Length];
        return change.Kind switch
        {
            0 when position < bytes.Length => [.. bytes[..position], (byte)(bytes[position] ^ (1 << (change.Length % 8))), .. bytes[(position + 1)..]],
            1 => [.. bytes[..position], .. bytes[end..]],
            2 => [.. bytes[..end], .. bytes[position..]],
            3 => [.. bytes[..position], .. other[Math.Min(position, other.Length)..]],
            _ => [.. bytes[..position], .. token, .. bytes[Math.Min(position + (change.Length % 2 * token.Length), bytes.Length)..]],
        };
    }
}
