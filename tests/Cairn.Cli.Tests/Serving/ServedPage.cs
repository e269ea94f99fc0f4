using System.Diagnostics;
using Cairn.Cli.Tests.Running;
using Cairn.Posix;

namespace Cairn.Cli.Tests.Serving;

/// <summary>A <c>cairn serve</c> that runs. It goes on until Ctrl-C, so every wait for it has an end, and it ends with this.</summary>
internal sealed class ServedPage : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly List<string> _lines = [];

    /// <param name="folder">Where it runs.</param>
    /// <param name="words">What stands behind <c>serve</c>.</param>
    public ServedPage(string folder, params string[] words)
    {
        var start = new ProcessStartInfo(Sandbox.Program, ["serve", .. words]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["PATH"] = "/nonexistent"; // no queue
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync(Token);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The address that it prints, and the line behind it; null where it ends without one.</summary>
    public async Task<Uri?> AddressAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            if (await _process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Sandbox.Patience, Token) is not { } line)
                return null;
            _lines.Add(line);
        }

        return new(_lines[0]);
    }

    /// <summary>What it has printed.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Waits until it has ended by itself, and gives all that it said.</summary>
    public async Task<string> EndAsync()
    {
        await _process.WaitForExitAsync(Token).WaitAsync(Sandbox.Patience, Token);
        return string.Join('\n', _lines) + await _errors.WaitAsync(Sandbox.Patience, Token);
    }

    /// <summary>Ctrl-C, and all that it said.</summary>
    public async Task<string> InterruptAsync()
    {
        Sandbox.Kill(_process.Id, SignalName.Int);
        var said = await EndAsync();
        Assert.Equal(130, _process.ExitCode);
        return said;
    }

    public void Dispose()
    {
        _process.Kill(); // nothing where it has ended
        _process.Dispose();
    }
}
