using System.ComponentModel;
using System.Diagnostics;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli;

/// <summary>Slurm's commands as a person would call them: by argument list, never by a shell, and bounded in time.</summary>
internal static class SlurmProgram
{
    // sbatch waits for a busy controller.
    private static readonly TimeSpan LongPatience = TimeSpan.FromMinutes(2);

    /// <param name="name">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Added to the environment.</param>
    /// <param name="patience">It is ended when it takes longer. Default: two minutes.</param>
    public static SlurmAnswer Run(string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? variables = null, TimeSpan? patience = null)
    {
        var bound = patience ?? LongPatience;
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
            if (!process.WaitForExit(bound))
            {
                process.Kill(); // it alone: to look for children, which it has not, takes all of /proc, and can fail
                return new(null, "", $"{name} did not answer in {Durations.Format(bound)}; whether it did its work, squeue knows", IsMissing: false);
            }

            // What it started may hold the pipes open.
            return Task.WaitAll([output, errors], bound)
                ? new(process.ExitCode, output.Result, errors.Result, IsMissing: false)
                : new(null, "", $"{name} left its output open", IsMissing: false);
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return new(null, "", $"{name} cannot be started: {error.Message}", IsMissing: true);
        }
    }
}

/// <summary>What came of it; without a code it did not end by itself.</summary>
internal sealed record SlurmAnswer(int? Code, string Output, string Errors, bool IsMissing);
