using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>What must be the same for torch to compute the same bits.</summary>
internal static class TorchConditions
{
    private static readonly string Cpu = DescribeCpu();
    private static readonly string Version = typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>The conditions of this process, and of the devices on which the tensors lie.</summary>
    public static Dictionary<string, string> Of(IEnumerable<Tensor> tensors)
    {
        var conditions = Current();
        var devices = tensors.Select(tensor => tensor.device.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        conditions["device"] = string.Join(", ", devices);
        return conditions;
    }

    /// <summary>The conditions of this process.</summary>
    public static Dictionary<string, string> Current() => new(StringComparer.Ordinal)
    {
        ["torch"] = torch.__version__,
        ["TorchSharp"] = Version,
        ["threads"] = torch.get_num_threads().ToString(),
        ["cpu"] = Cpu,
    };

    // Sums are split by the vector's width, and the math libraries take different ways on different makers' processors.
    private static string DescribeCpu()
    {
        if (!X86Base.IsSupported)
            return RuntimeInformation.ProcessArchitecture.ToString();
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        var maker = string.Concat(new[] { b, d, c }.Select(part => System.Text.Encoding.ASCII.GetString(BitConverter.GetBytes(part))));
        var width = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported ? "AVX512"
            : Avx2.IsSupported ? "AVX2"
            : "SSE";
        return Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY") is { Length: > 0 } forced ? $"{maker} {width}, limited to {forced}" : $"{maker} {width}";
    }
}
