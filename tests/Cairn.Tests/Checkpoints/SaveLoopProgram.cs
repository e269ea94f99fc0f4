using System.Diagnostics;

namespace Cairn.Tests.Checkpoints;

/// <summary>The program that saves in a loop, as a child process; killed when the test is over, if it still runs.</summary>
internal sealed class SaveLoopProgram : IDisposable
{
    private static readonly string Program = TestProgram.At("SaveLoop");
    private readonly Process process;

    private SaveLoopProgram(Process process) => this.process = process;

    public int Pid => process.Id;

    public int ExitCode => process.ExitCode;

    /// <summary>Starts it.</summary>
    /// <param name="directory">Where it saves.</param>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="bytes">The size of its state.</param>
    /// <param name="mode">How it saves.</param>
    /// <param name="saves">How often it saves before it ends.</param>
    /// <param name="under">A program with arguments that starts it, for example a tracer.</param>
    public static SaveLoopProgram Start(string directory, int attempt, int bytes, SaveMode mode, int saves = int.MaxValue, params string[] under) =>
        Start([.. under, Program, directory, $"{attempt}", $"{bytes}", $"{mode}", $"{saves}"]);

    /// <summary>Starts it so that it saves when it is asked.</summary>
    public static SaveLoopProgram StartAsked(string directory, int attempt, int bytes, SaveMode mode) =>
        Start([Program, directory, $"{attempt}", $"{bytes}", $"{mode}", "asked"]);

    /// <summary>Starts one rank of several that save together.</summary>
    public static SaveLoopProgram StartRank(string directory, int attempt, int bytes, int rank, int ranks) =>
        Start([Program, directory, $"{attempt}", $"{bytes}", $"{rank}/{ranks}"]);

    /// <summary>Says a line to it, of which it hears nothing where it was killed.</summary>
    public void Tell(string line) => IgnoringItsDeath(() =>
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
    });

    /// <summary>The next line that it says; null when it ended.</summary>
    public ValueTask<string?> NextLine() => process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

    /// <summary>What it says until it is ready to be asked, or ends.</summary>
    public async Task<IReadOnlyList<string>> LinesUntilReady()
    {
        var lines = new List<string>();
        while (await NextLine() is { } line && line != "ready")
            lines.Add(line);
        return lines;
    }

    /// <summary>Asks for a save, and returns what it says about it, which is nothing where it was killed before it heard.</summary>
    public async Task<IReadOnlyList<string>> Ask()
    {
        IgnoringItsDeath(process.StandardInput.WriteLine);
        return await LinesUntilReady();
    }

    /// <summary>Kills it, if it still runs, and waits for nothing.</summary>
    public void KillAtOnce()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It is over, and may be disposed of already.
        }
    }

    /// <summary>Kills it with what it started, and returns what it had said and nobody had read.</summary>
    public async Task<string> Kill()
    {
        process.Kill(entireProcessTree: true);
        return await End();
    }

    /// <summary>Asks it no more, waits for its end, and returns what it had said and nobody had read.</summary>
    public async Task<string> End()
    {
        IgnoringItsDeath(process.StandardInput.Close);
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);

        // The pipe ends when the last of the tree is gone: only then is the folder that it wrote in at rest.
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>Writes to its standard input, which is a broken pipe once it was killed. Whether it lives is read from its output and exit code.</summary>
    private static void IgnoringItsDeath(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
        }
    }

    private static SaveLoopProgram Start(string[] command) =>
        new(Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,

            // A killed program would leave the runtime's diagnostic pipes in the temporary folder.
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        })!);
}
