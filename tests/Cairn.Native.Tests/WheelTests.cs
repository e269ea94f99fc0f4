using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Cairn.Native.Tests;

/// <summary>The wheel, as somebody gets it: installed into an empty environment, without network. CAIRN_RELEASE names a folder that eng/release.sh has filled, whose wheel it is then.</summary>
public sealed partial class WheelTests : IDisposable
{
    private static readonly string? Release = Environment.GetEnvironmentVariable("CAIRN_RELEASE");

    private readonly Sandbox sandbox = new();

    [Fact]
    public void It_holds_all_that_a_newcomer_needs()
    {
        var wheel = Wheel();
        var environment = sandbox.Run(Sandbox.Python, "-m", "venv", "environment");
        Assert.SkipWhen(environment.ExitCode != 0, $"no environment can be made (on Debian python3-venv): {environment.All}");
        var installed = sandbox.Run(sandbox.At("environment/bin/pip"), "install", "--no-index", "--disable-pip-version-check", wheel);
        Assert.True(installed.ExitCode == 0, installed.All);

        // What pip has put there is what the release's other files are.
        var version = sandbox.Run(sandbox.At("environment/bin/cairn"), "--version");
        Assert.True(version.ExitCode == 0, version.All);
        var ofPackage = sandbox.Run(sandbox.At("environment/bin/python"), "-c", "import cairn; print(cairn.__version__)");

        // Behind the sign each says at which commit it was made: the two may be of different ones, where what lies between changed one of them alone.
        Assert.Equal(Assert.Single(version.Output).Split('+')[0], Assert.Single(ofPackage.Output).Split('+')[0]);
        Assert.Equal(InWheel().Match(Path.GetFileName(wheel)).Groups["version"].Value, PreRelease().Replace(version.Output[0].Split('+')[0], "rc"));

        // The second command of the README, where the environment is on no PATH: it has no PyTorch, and trains without.
        Assert.StartsWith("Shows on this machine what Cairn is for", sandbox.Run(sandbox.At("environment/bin/python"), "-m", "cairn.demo", "--help").Output[0], StringComparison.Ordinal);
        Assert.Contains("--what: it takes no argument", sandbox.Run(sandbox.At("environment/bin/python"), "-m", "cairn.demo", "--what").Errors, StringComparison.Ordinal);
        var demo = sandbox.Run(sandbox.At("environment/bin/python"), "-m", "cairn.demo");
        Assert.True(demo.ExitCode == 0, demo.All);
        Assert.Contains(demo.Output, line => line.Contains("plain Python", StringComparison.Ordinal));
        Assert.Contains(demo.Output, line => line.Contains("scancel --signal=USR2", StringComparison.Ordinal));
        Assert.Contains(demo.Output, line => line.Contains("scontrol requeue", StringComparison.Ordinal));
        Assert.Contains("are equal, byte by byte", demo.Output[^1], StringComparison.Ordinal);
        Assert.Contains(demo.Output, line => line.Contains("attempt 3 of job", StringComparison.Ordinal));

        var removed = sandbox.Run(sandbox.At("environment/bin/pip"), "uninstall", "--yes", "cairn");
        Assert.True(removed.ExitCode == 0, removed.All);
        Assert.Empty(Directory.GetFileSystemEntries(sandbox.At("environment"), "cairn*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Its_record_is_true_its_metadata_right_and_its_bytes_are_the_same_when_it_is_made_again()
    {
        var wheel = Wheel();
        using var archive = ZipFile.OpenRead(wheel);
        var files = archive.Entries.ToDictionary(entry => entry.FullName, Content, StringComparer.Ordinal);
        string Info(string name) => System.Text.Encoding.UTF8.GetString(files.Single(file => file.Key.EndsWith(".dist-info/" + name, StringComparison.Ordinal)).Value);

        var record = Info("RECORD").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToDictionary(words => words[0], words => words[1..], StringComparer.Ordinal);
        Assert.Equal(files.Keys.Order(StringComparer.Ordinal), record.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, content) in files.Where(file => !file.Key.EndsWith("/RECORD", StringComparison.Ordinal)))
        {
            var hash = Convert.ToBase64String(SHA256.HashData(content)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
            Assert.Equal(["sha256=" + hash, content.Length.ToString(CultureInfo.InvariantCulture)], record[name]);
        }

        Assert.Contains("cairn/py.typed", files.Keys);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Checkout(), "LICENSE")), files.Single(file => file.Key.EndsWith("/LICENSE", StringComparison.Ordinal)).Value);
        foreach (var line in new[] { "Name: cairn\n", "License: Apache-2.0\n", "Requires-Python: >=3.8\n", "Classifier: Typing :: Typed\n", "Classifier: License :: OSI Approved :: Apache Software License\n" })
            Assert.Contains("\n" + line, Info("METADATA"), StringComparison.Ordinal);
        var named = InWheel().Match(Path.GetFileName(wheel));
        Assert.Equal(named.Groups["platforms"].Value.Split('.').Select(platform => "Tag: py3-none-" + platform), Info("WHEEL").Split('\n').Where(line => line.StartsWith("Tag:", StringComparison.Ordinal)));

        if (Release is null)
            Assert.Equal(File.ReadAllBytes(wheel), File.ReadAllBytes(Made("again")));
    }

    public void Dispose() => sandbox.Dispose();

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private string Wheel()
    {
        Assert.SkipUnless(File.Exists(Sandbox.Python), $"there is no {Sandbox.Python}");
        return Release is null ? Made("wheels") : Assert.Single(Directory.GetFiles(Release, $"cairn-*{Machine}.whl"));
    }

    // By what the release makes it with.
    private string Made(string folder)
    {
        var made = sandbox.Run(Sandbox.Python, "-B", Path.Combine(Checkout(), "python/wheel.py"), Path.GetDirectoryName(Sandbox.Library)!, sandbox.At(folder));
        Assert.True(made.ExitCode == 0, made.All);
        return Assert.Single(Directory.GetFiles(sandbox.At(folder)));
    }

    // The one that the artifacts were made from.
    private static string Checkout()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "python/wheel.py")) || !File.Exists(Path.Combine(folder.FullName, "eng/Common.props")))
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not lie in a checkout");
        return folder.FullName;
    }

    private static string Machine => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64 ? "x86_64" : "aarch64";

    [GeneratedRegex("^cairn-(?<version>[^-]+)-py3-none-(?<platforms>.+)[.]whl$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex InWheel();

    [GeneratedRegex("-preview[.]", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex PreRelease();
}
