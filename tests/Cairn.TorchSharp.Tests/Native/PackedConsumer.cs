using System.Security.Cryptography;
using System.Text;
using Cairn.TorchSharp.Tests.Native;
using CliWrap;
using CliWrap.Buffered;

[assembly: AssemblyFixture(typeof(PackedConsumer))]

namespace Cairn.TorchSharp.Tests.Native;

/// <summary>
/// A program in a folder of its own that knows Cairn only as packages, from a feed of this test's. Packages are restored into that
/// folder too, and those that are in the cache already are read from there.
/// </summary>
public sealed class PackedConsumer : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cairn-package-").FullName;
    private Task? packed;

    public string this[string name] => Path.Combine(folder, name);

    /// <summary>Packs, and writes the program; once.</summary>
    public Task PrepareAsync() => packed ??= PackAsync();

    public async Task<string> DotnetAsync(params string[] arguments)
    {
        var result = await Run("dotnet").WithArguments(arguments).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(result.IsSuccess, $"dotnet {string.Join(' ', arguments)} ended with {result.ExitCode}:\n{result.StandardOutput}\n{result.StandardError}");
        return result.StandardOutput;
    }

    public Command Run(string program) => Cli.Wrap(program).WithWorkingDirectory(folder).WithValidation(CommandResultValidation.None);

    public static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task PackAsync()
    {
        foreach (var project in new[] { "Cairn", "Cairn.TorchSharp" })
            await DotnetAsync("pack", Path.Combine(PackageCache.RepositoryFolder, "src", project), "--no-build", "-c", PackageCache.Configuration, "-o", this["feed"]);
        var version = Path.GetFileNameWithoutExtension(Directory.GetFiles(this["feed"], "Cairn.TorchSharp.*.nupkg").Single())["Cairn.TorchSharp.".Length..];

        File.WriteAllText(this["NuGet.config"], $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <fallbackPackageFolders><add key="cache" value="{PackageCache.Folder}" /></fallbackPackageFolders>
              <packageSources><add key="cairn" value="feed" /></packageSources>
            </configuration>
            """);
        File.WriteAllText(this["Consumer.csproj"], $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Cairn.TorchSharp" Version="{version}" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />
                <!-- As pinned in the repository: a feed may lack the versions that TorchSharp names. -->
                <PackageReference Include="SharpZipLib" Version="1.4.2" />
                <PackageReference Include="SkiaSharp" Version="2.88.9" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(this["Program.cs"], """
            using TorchSharp;
            using static TorchSharp.torch;

            manual_seed(1);
            using var model = nn.Linear(4, 1);
            using var optimizer = optim.SGD(model.parameters(), 0.1);
            using var loss = model.forward(ones(2, 4)).square().mean();
            loss.backward();
            optimizer.step();
            System.Console.WriteLine("one step trained");
            """, Encoding.UTF8);
    }
}
