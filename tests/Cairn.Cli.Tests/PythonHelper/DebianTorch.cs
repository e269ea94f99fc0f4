using System.Text;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>A real PyTorch with its launcher: Debian's python3-torch, where that is installed.</summary>
internal static class DebianTorch
{
    public const string Python = "/usr/bin/python3";

    // The import takes seconds, so one asks for all tests.
    private static readonly Lazy<Task<string?>> Missing = new(AskAsync);

    /// <summary>Skips the test where there is none.</summary>
    public static async Task NeedAsync()
    {
        var missing = await Missing.Value;
        Assert.SkipWhen(missing is not null, missing ?? string.Empty);
    }

    private static async Task<string?> AskAsync()
    {
        if (!File.Exists(Python))
            return $"there is no {Python}";
        using var patience = new CancellationTokenSource(Sandbox.Patience);
        var import = await CliWrap.Cli.Wrap(Python).WithArguments(["-c", "import torch.distributed.run"]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(Encoding.UTF8, patience.Token);
        return import.ExitCode == 0 ? null : $"{Python} has no PyTorch (on Debian python3-torch): {import.StandardError.TrimEnd().Split('\n')[^1]}";
    }
}
