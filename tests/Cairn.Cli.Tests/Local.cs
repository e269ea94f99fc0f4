using System.Diagnostics;
using System.Text;

namespace Cairn.Cli.Tests;

/// <summary>The real program <c>cairn local</c> as a child, in a folder of its own that is gone afterwards.</summary>
internal sealed class Local : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly StringBuilder output = new();
    private readonly StringBuilder messages = new();
    private Process? process;

    public Local() => Folder = Directory.CreateTempSubdirectory("cairn-cli-test-").FullName;

    public string Folder { get; }

    public string Output => Read(output);

    public string Messages => Read(messages);

    public int Pid => process!.Id;

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    public static string Python(string name)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "python3 is not installed");
        return Path.Combine(AppContext.BaseDirectory, "Programs", name);
    }

    /// <summary>Writes a script into the folder.</summary>
    public string Script(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public Local Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Cairn.Cli"), ["local", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Folder,
        };
        start.Environment["SLURM_OUTER"] = "to be scrubbed";
        start.Environment["TMPDIR"] = Folder; // a killed cairn leaves its folder
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(messages, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return this;
    }

    /// <summary>Runs to the end.</summary>
    public int Run(params string[] arguments) => Start(arguments).WaitForEnd();

    public int WaitForEnd()
    {
        Assert.True(process!.WaitForExit(Patience), $"still running: {Messages} {Output}");
        process.WaitForExit();
        return process.ExitCode;
    }

    public void WaitFor(string text) =>
        Assert.True(SpinWait.SpinUntil(() => Output.Contains(text, StringComparison.Ordinal) || Messages.Contains(text, StringComparison.Ordinal), Patience), $"no '{text}': {Messages} {Output}");

    public void Signal(string name)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", ["-" + name, Pid.ToString()]))!;
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public void Dispose()
    {
        if (process is { HasExited: false })
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
            text.Append(line is null ? string.Empty : line + "\n");
    }
}
