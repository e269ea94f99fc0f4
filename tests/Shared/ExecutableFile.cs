using System.Diagnostics;

namespace Cairn.Shared;

/// <summary>
/// A program that a test writes and starts. Another process writes it: what this one has open for writing, any child that another test
/// starts just then holds open too until it executes its own program, and as long as that takes the kernel refuses to execute the file
/// ("Text file busy").
/// </summary>
internal static class ExecutableFile
{
    public static void Write(string path, string text)
    {
        using var writer = Process.Start(new ProcessStartInfo("install", ["-m", "755", "/dev/stdin", path]) { RedirectStandardInput = true, UseShellExecute = false })!;
        writer.StandardInput.Write(text);
        writer.StandardInput.Close();
        writer.WaitForExit();
        Assert.Equal(0, writer.ExitCode);
    }
}
