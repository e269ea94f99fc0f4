namespace Cairn.Cli.Doctor.Checks;

/// <summary>Will TorchSharp's native library load? It asks for a C++ library that many systems do not have yet.</summary>
internal static class TorchSharpCheck
{
    // libLibTorchSharp.so 0.107 asks for the first; it uses nothing newer than the second, and the build's targets mend that.
    private const int Asked = 32, Used = 30;

    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        var library = patient.Cxx;
        if (library?.Newest is not { } newest)
        {
            yield return new(
                "TorchSharp", Verdict.Note, library is null ? "no libstdc++.so.6 was found: TorchSharp does not load without one. Programs without it do not mind." : $"{library.Path} names no version of its own: nothing can be said of TorchSharp.");
            yield break;
        }

        var has = $"{library.Path} has GLIBCXX_3.4.{newest}";
        yield return newest >= Asked ? new("TorchSharp", Verdict.Ok, $"{has}: TorchSharp's native library loads.")
            : newest >= Used ? new("TorchSharp", Verdict.Note, $"{has}: TorchSharp's native library loads in programs that are built with Cairn.TorchSharp; as it is, it asks for 3.4.{Asked}.")
            : new("TorchSharp", Verdict.Warning, $"{has}: TorchSharp's native library needs 3.4.{Used} and does not load. Programs without TorchSharp do not mind.", "Load a module of a newer gcc before the program starts, or put conda's libraries first: export LD_LIBRARY_PATH=$CONDA_PREFIX/lib:$LD_LIBRARY_PATH");
    }
}
