using System.IO.Compression;
using System.Reflection.Metadata;
using System.Runtime.InteropServices;
using System.Text;
using System.Xml.Linq;
using Cairn.Shared;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Packages.Tests;

/// <summary>What lies in the packages, and what they say about themselves.</summary>
[Trait("Category", "slow")]
public sealed class ContentTests : IDisposable
{
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    private readonly string folder = Directory.CreateTempSubdirectory("cairn-content-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Cairn")]
    [InlineData("Cairn.TorchSharp")]
    [InlineData("Cairn.Cli")]
    [InlineData("Cairn.Templates")]
    public void A_package_says_what_it_is(string package)
    {
        Assert.SkipWhen(Packed.Packages is null, Packed.Reason);
        using var zip = Open(Packed.Packages!, package, "nupkg");
        var said = Nuspec(zip, package);

        Assert.Equal("Apache-2.0", said("license").Value);
        Assert.NotEqual("Package Description", said("description").Value);
        Assert.Contains("slurm", said("tags").Value.Split(' '));
        // The newest section of the changelog, and no other.
        var changes = File.ReadAllText(Path.Combine(PackageCache.RepositoryFolder, "CHANGELOG.md"));
        var notes = said("releaseNotes").Value.ReplaceLineEndings("\n");
        Assert.StartsWith("## ", notes, StringComparison.Ordinal);
        Assert.Equal(changes[changes.IndexOf("## ", StringComparison.Ordinal)..].Split("\n## ")[0].Trim(), notes.Trim());
        Assert.InRange(notes.Length, 10, 35_000);
        Assert.StartsWith($"# {package}\n", Text(zip, said("readme").Value), StringComparison.Ordinal);
        Assert.InRange(zip.GetEntry(said("icon").Value)!.Length, 1, 10_000);
        Assert.DoesNotContain(zip.Entries, entry => entry.FullName.StartsWith("build", StringComparison.Ordinal) && !entry.FullName.Contains("/net10.0/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Cairn", "lib/net10.0/Cairn.pdb")]
    [InlineData("Cairn.TorchSharp", "lib/net10.0/Cairn.TorchSharp.pdb")]
    [InlineData("Cairn.Cli", "tools/net10.0/any/Cairn.Cli.pdb")]
    public void The_symbols_hold_every_source_and_name_no_folder_of_this_machine(string package, string symbols)
    {
        Assert.SkipWhen(Packed.Packages is null, Packed.Reason);
        using var zip = Open(Packed.Packages!, package, "snupkg");
        using var provider = Symbols(zip, symbols);
        var reader = provider.GetMetadataReader();

        var documents = reader.Documents.Select(handle => (Name: reader.GetString(reader.GetDocument(handle).Name), Handle: handle)).ToList();
        Assert.NotEmpty(documents);
        Assert.All(documents, document => Assert.StartsWith("/_", document.Name, StringComparison.Ordinal));
        Assert.All(documents, document => Assert.Contains(
            reader.GetCustomDebugInformation(document.Handle), one => reader.GetGuid(reader.GetCustomDebugInformation(one).Kind) == EmbeddedSource));
    }

    [Fact]
    public async Task The_checkouts_remote_is_named_as_the_repository_and_as_the_place_of_the_sources()
    {
        Assert.SkipWhen(Packed.Packages is null, Packed.Reason);
        Assert.SkipUnless(Directory.Exists(Path.Combine(PackageCache.RepositoryFolder, ".git")) || File.Exists(Path.Combine(PackageCache.RepositoryFolder, ".git")), "This is no checkout.");
        // Of the one project that needs nothing else. The remote is never asked for anything.
        await Run("git", "clone", "--quiet", PackageCache.RepositoryFolder, "clone");
        await Run("git", "-C", "clone", "remote", "set-url", "origin", "https://github.com/example/example.git");
        await Run("dotnet", "pack", "clone/src/Cairn", "--nologo", "-c", "Release", "-p:RunAnalyzers=false", "-o", "packages");
        var commit = (await Run("git", "-C", "clone", "rev-parse", "HEAD")).Trim();

        using var zip = Open(Path.Combine(folder, "packages"), "Cairn", "nupkg");
        var repository = Nuspec(zip, "Cairn")("repository");
        Assert.Equal(("https://github.com/example/example.git", commit), (repository.Attribute("url")!.Value, repository.Attribute("commit")!.Value));

        using var symbols = Open(Path.Combine(folder, "packages"), "Cairn", "snupkg");
        using var provider = Symbols(symbols, "lib/net10.0/Cairn.pdb");
        var reader = provider.GetMetadataReader();
        var link = reader.GetCustomDebugInformation(EntityHandle.ModuleDefinition).Select(reader.GetCustomDebugInformation).Single(one => reader.GetGuid(one.Kind) == SourceLink);
        Assert.Contains($"https://raw.githubusercontent.com/example/example/{commit}/*", Encoding.UTF8.GetString(reader.GetBlobBytes(link.Value)), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // "Cairn.0" and not "Cairn.TorchSharp.0".
    private static ZipArchive Open(string feed, string package, string kind) => ZipFile.OpenRead(Directory.GetFiles(feed, $"{package}.*.{kind}")
        .Single(path => char.IsAsciiDigit(Path.GetFileName(path)[package.Length + 1])));

    private static Func<string, XElement> Nuspec(ZipArchive zip, string package)
    {
        var metadata = XDocument.Parse(Text(zip, $"{package}.nuspec")).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
        return name => metadata.Elements().Single(element => element.Name.LocalName == name);
    }

    private static string Text(ZipArchive zip, string name)
    {
        using var reader = new StreamReader(zip.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }

    private static MetadataReaderProvider Symbols(ZipArchive zip, string name)
    {
        using var stream = zip.GetEntry(name)!.Open();
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return MetadataReaderProvider.FromPortablePdbImage(ImmutableCollectionsMarshal.AsImmutableArray(bytes.ToArray()));
    }

    private async Task<string> Run(string program, params string[] arguments)
    {
        var result = await CliWrap.Cli.Wrap(program).WithArguments(arguments).WithWorkingDirectory(folder)
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(Cancellation);
        Assert.True(result.IsSuccess, $"{program} {string.Join(' ', arguments)}: {result.ExitCode}\n{result.StandardOutput}{result.StandardError}");
        return result.StandardOutput;
    }
}
