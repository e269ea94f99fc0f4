using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;
using Cairn.Checkpoints.Writing;

namespace Cairn.Checkpoints.Shares;

/// <summary>
/// All that the places of bytes depend on: parts, files, names, element types and shapes, in their order, and where files are cut. It must
/// be the same on all ranks, or they would write one checkpoint of different states. Small values do not belong to it.
/// </summary>
internal static class LayoutDescription
{
    /// <summary>A hash by which ranks compare. Short work, for it is made in every save.</summary>
    public static ContentHash HashOf(SavePlan plan)
    {
        var hash = new XxHash128();
        Span<long> limits = [plan.Limits.Segment, plan.Limits.File];
        hash.Append(MemoryMarshal.AsBytes(limits));
        foreach (var (name, _) in plan.Parts)
            Append(hash, name);
        foreach (var file in plan.Files)
        {
            // The header has all but what safetensors has no type for.
            Append(hash, file.Name);
            Append(hash, file.Layout.HeaderHash.ToString());
            foreach (var tensor in file.Layout.Tensors)
            {
                if (tensor.Info.DType is DType.Complex64 or DType.Complex128)
                    Append(hash, tensor.Info.ToString());
            }
        }

        return ContentHash.Of(hash);
    }

    /// <summary>The same in words, a line each, to be sent where the hashes differ.</summary>
    public static byte[] Of(SavePlan plan)
    {
        List<string> lines = [$"files of {plan.Limits.File} bytes, cut every {plan.Limits.Segment}"];
        lines.AddRange(plan.Parts.Select(part => $"part {part.Name}"));
        lines.AddRange(plan.Files.SelectMany(file => file.Layout.Tensors.Select(tensor => $"{file.Name}: {tensor.Info.Name} ({tensor.Info.Form})")));
        return Encoding.UTF8.GetBytes(string.Join('\n', lines.Select(line => line.ReplaceLineEndings(" "))));
    }

    /// <summary>Names the first differences of two descriptions; at least one, where they differ.</summary>
    /// <param name="one">One description.</param>
    /// <param name="whose">Whose it is, for example <c>rank 0</c>.</param>
    /// <param name="other">Another.</param>
    /// <param name="whoseOther">Whose that is.</param>
    /// <param name="most">How many to name.</param>
    public static IReadOnlyList<string> Differences(byte[] one, string whose, byte[] other, string whoseOther, int most = 5)
    {
        string[] lines = Encoding.UTF8.GetString(one).Split('\n'), others = Encoding.UTF8.GetString(other).Split('\n');
        List<string> differences =
        [
            .. lines.Except(others, StringComparer.Ordinal).Select(line => $"{whose} has {line}, {whoseOther} has not"),
            .. others.Except(lines, StringComparer.Ordinal).Select(line => $"{whoseOther} has {line}, {whose} has not"),
        ];
        if (differences.Count == 0 && lines.Zip(others).FirstOrDefault(pair => pair.First != pair.Second) is ({ } first, { } second))
            differences.Add($"where {whose} has {first}, {whoseOther} has {second}: the order differs");
        return differences.Count <= most ? differences : [.. differences.Take(most), $"and {differences.Count - most} differences more"];
    }

    private static void Append(XxHash128 hash, string text)
    {
        hash.Append(Encoding.UTF8.GetBytes(text));
        hash.Append([0]);
    }
}
