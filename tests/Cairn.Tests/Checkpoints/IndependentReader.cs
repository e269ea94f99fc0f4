using System.Text.Json;

namespace Cairn.Tests.Checkpoints;

internal sealed record ReadTensor(string Name, string DType, long[] Shape, byte[] Bytes);

/// <summary>A second reader of safetensors, written from the format's rules alone and with other means, to check the first.</summary>
internal static class IndependentReader
{
    public static IReadOnlyList<ReadTensor> Read(string path)
    {
        var file = File.ReadAllBytes(path);
        var headerLength = BitConverter.ToUInt64(file, 0);
        Assert.InRange(headerLength, 2UL, (ulong)Math.Min(file.Length - 8, 100_000_000));
        var data = file.AsMemory(8 + (int)headerLength);
        Assert.Equal((byte)'{', file[8]);
        using var header = JsonDocument.Parse(file.AsMemory(8, (int)headerLength), new JsonDocumentOptions { AllowDuplicateProperties = false });

        var tensors = new List<(long Begin, ReadTensor Tensor)>();
        foreach (var property in header.RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                Assert.All(property.Value.EnumerateObject(), pair => Assert.Equal(JsonValueKind.String, pair.Value.ValueKind));
                continue;
            }

            Assert.Equal(["data_offsets", "dtype", "shape"], property.Value.EnumerateObject().Select(member => member.Name).Order());
            var shape = property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
            var offsets = property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
            Assert.Equal(2, offsets.Length);
            var dtype = property.Value.GetProperty("dtype").GetString()!;
            Assert.Equal(shape.Aggregate(SizeOf(dtype), (product, size) => checked(product * size)), offsets[1] - offsets[0]);
            tensors.Add((offsets[0], new ReadTensor(property.Name, dtype, shape, data[(int)offsets[0]..(int)offsets[1]].ToArray())));
        }

        var end = 0L;
        foreach (var (begin, tensor) in tensors.OrderBy(one => one.Begin).ThenBy(one => one.Tensor.Bytes.Length))
        {
            Assert.Equal(end, begin);
            end += tensor.Bytes.Length;
        }

        Assert.Equal(data.Length, end);
        return [.. tensors.Select(one => one.Tensor)];
    }

    private static long SizeOf(string dtype) => dtype switch
    {
        "BOOL" or "U8" or "I8" => 1,
        "I16" or "F16" or "BF16" => 2,
        "I32" or "F32" => 4,
        "I64" or "F64" => 8,
        _ => throw new InvalidDataException($"{dtype} is no type of safetensors"),
    };
}
