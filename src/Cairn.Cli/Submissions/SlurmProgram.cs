using System.ComponentModel;
using System.Diagnostics;

namespace Cairn.Cli.Submissions;

/// <summary>sbatch and scancel: by argument list, never by a shell, and bounded in time.</summary>
internal static class SlurmProgram
{
    // sbatch waits for a busy controller.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <param name="name">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Added to the environment.</param>
    public static SlurmAnswer Run(string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo(name, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var (variable, value) in variables ?? new Dictionary<string, string>())
            start.Environment[variable] = value;
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(); // it alone: to look for children, which it has not, takes all of /proc, and can fail
                return new(null, "", $"{name} did not answer in {Patience.TotalMinutes:0} min; whether it did its work, squeue knows", IsMissing: false);
            }

            Task.WaitAll([output, errors], Patience);
            return new(process.ExitCode, output.Result, errors.Result, IsMissing: false);
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return new(null, "", $"{name} cannot be started: {error.Message}", IsMissing: true);
        }
    }
}

/// <summary>What came of it; without a code it did not end by itself.</summary>
internal sealed record SlurmAnswer(int? Code, string Output, string Errors, bool IsMissing);
