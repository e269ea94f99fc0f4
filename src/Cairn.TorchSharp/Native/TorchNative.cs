using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Cairn.TorchSharp.Native;

/// <summary>Loads TorchSharp's native library before TorchSharp does, for the sake of an error message that says what is wrong.</summary>
public static partial class TorchNative
{
    private const string Library = "libLibTorchSharp.so";

    /// <summary>Loads the library from the program's folder. Does nothing where it is not there, or on another system than Linux.</summary>
    /// <remarks>Called by every C# program that references the package, before its first line. What it loads, TorchSharp finds loaded.</remarks>
    /// <exception cref="TorchNativeException">The system's libraries are too old for it.</exception>
    public static void EnsureLoadable()
    {
        if (!OperatingSystem.IsLinux())
            return;
        Runs.UnhandledErrors.Report();
        foreach (var path in (string[])[Path.Combine(AppContext.BaseDirectory, Library), Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", Library)])
        {
            if (File.Exists(path))
            {
                Load(path);
                return;
            }
        }
    }

    private static void Load(string path)
    {
        try
        {
            NativeLibrary.Load(path);
        }
        catch (DllNotFoundException error)
        {
            // Anything but a version that is missing is TorchSharp's to report: it knows other places to look.
            if (Explain(error.Message, HighestVersion) is { } explanation)
                throw new TorchNativeException(explanation);
        }
    }

    /// <summary>Turns the loader's complaint about a symbol version into what to do; null when it is about something else.</summary>
    internal static string? Explain(string loaderMessage, Func<string, string, string?> highestVersion)
    {
        var complaint = MissingVersion().Match(loaderMessage);
        if (!complaint.Success)
            return null;
        var (library, family, number, user) = (complaint.Groups["library"].Value, complaint.Groups["family"].Value, complaint.Groups["number"].Value, complaint.Groups["user"].Value);
        var has = highestVersion(library, family) is { } highest ? $"has {family}_{highest} at most" : $"does not have it";
        var advice = family switch
        {
            "GLIBC" => "This system's C library is too old for it: run in a container of a newer one.",
            _ => "Put a newer libstdc++ in front before the program starts, for example by `module load gcc` or conda's lib folder in LD_LIBRARY_PATH.",
        };
        return $"TorchSharp cannot be loaded here: {Path.GetFileName(user)} needs {family}_{number}, but {library} {has}. {advice}";
    }

    // Version names stand as plain text in the library; the highest is the one with the greatest numbers.
    private static string? HighestVersion(string library, string family)
    {
        if (!File.Exists(library))
            return null;
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(library));
        return Regex.Matches(text, $@"\b{Regex.Escape(family)}_(?<number>[0-9]+(\.[0-9]+)+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5))
            .Select(match => Version.TryParse(match.Groups["number"].Value, out var version) ? version : null)
            .Max()?.ToString();
    }

    // For example: /lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)
    [GeneratedRegex(@"(?<library>/\S+): version `(?<family>[A-Z]+)_(?<number>[0-9.]+)' not found \(required by (?<user>[^)]+)\)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex MissingVersion();
}
