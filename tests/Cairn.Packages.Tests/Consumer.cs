using System.Security.Cryptography;
using Cairn.Shared;
using CliWrap;
using CliWrap.Buffered;
using CliWrap.EventStream;

namespace Cairn.Packages.Tests;

/// <summary>
/// A folder outside of the repository, whose projects get Cairn as packages from the feed that eng/pack.sh made. Packages are unpacked
/// into that folder; those that are in the user's cache already are read from there, for the native ones are large.
/// </summary>
public sealed class Consumer : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cairn-package-").FullName;

    public Consumer()
    {
        if (Packed.Packages is null)
            return;
        // No other source has a say about Cairn's packages.
        File.WriteAllText(this["NuGet.config"], $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <fallbackPackageFolders><add key="cache" value="{PackageCache.Folder}" /></fallbackPackageFolders>
              <packageSources><add key="cairn" value="{Packed.Packages}" /></packageSources>
              <packageSourceMapping>
                <packageSource key="cairn"><package pattern="Cairn" /><package pattern="Cairn.*" /></packageSource>
                <packageSource key="nuget.org"><package pattern="*" /></packageSource>
              </packageSourceMapping>
            </configuration>
            """);
        File.WriteAllText(this["Directory.Build.props"], """
            <Project>
              <PropertyGroup>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
              </PropertyGroup>
              <!-- As pinned in the repository: a feed may lack the versions that TorchSharp names. -->
              <ItemGroup Condition="'$(WithTorchSharp)' != 'false'">
                <PackageReference Include="SharpZipLib" Version="1.4.2" />
                <PackageReference Include="SkiaSharp" Version="2.88.9" />
              </ItemGroup>
            </Project>
            """);
    }

    public static string Version { get; } = Packed.Packages is null ? ""
        : Path.GetFileNameWithoutExtension(Directory.GetFiles(Packed.Packages, "Cairn.TorchSharp.*.nupkg").Single())["Cairn.TorchSharp.".Length..];

    public string this[string name] => Path.Combine(folder, name);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Copies the training program in this language into a folder of its own, with the package and a backend.</summary>
    /// <returns>The folder's name.</returns>
    public string AddTrainer(string language)
    {
        Assert.SkipWhen(Packed.Packages is null, Packed.Reason);
        Directory.CreateDirectory(this[language]);
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Programs", language)))
            File.Copy(file, this[$"{language}/{Path.GetFileName(file)}"], overwrite: true);
        File.WriteAllText(this[$"{language}/Directory.Build.targets"], $"""
            <Project>
              <ItemGroup>
                <PackageReference Include="Cairn.TorchSharp" Version="{Version}" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="{PackageCache.BackendVersion}" />
              </ItemGroup>
            </Project>
            """);
        return language;
    }

    public async Task<string> DotnetAsync(params string[] arguments)
    {
        Assert.SkipWhen(Packed.Packages is null, Packed.Reason);
        var result = await Run("dotnet").WithArguments(arguments).ExecuteBufferedAsync(Cancellation);
        Assert.True(result.IsSuccess, $"dotnet {string.Join(' ', arguments)} ended with {result.ExitCode}:\n{result.StandardOutput}\n{result.StandardError}");
        return result.StandardOutput;
    }

    /// <summary>
    /// Runs a program without a break, and again with one: cut by USR2 after a certain line, and started once more. Its output is the same.
    /// </summary>
    /// <param name="program">Its path in this folder.</param>
    /// <param name="line">What the cut one writes before it is cut.</param>
    /// <param name="whole">The arguments of a program that goes on to its end.</param>
    /// <param name="cut">The arguments of one that would go on for long.</param>
    /// <param name="output">The file in the working directory that it leaves behind.</param>
    public async Task TrainsIsCutAndResumesAsync(string program, string line, string[] whole, string[] cut, string output)
    {
        var (straight, broken) = ($"{program}-straight", $"{program}-cut");
        Directory.CreateDirectory(this[straight]);
        Directory.CreateDirectory(this[broken]);

        var first = await Run(this[program]).WithWorkingDirectory(this[straight]).WithArguments(whole).ExecuteBufferedAsync(Cancellation);
        Assert.True(first.IsSuccess, $"{first.ExitCode}: {first.StandardOutput}{first.StandardError}");
        Assert.DoesNotContain("warning:", first.StandardError, StringComparison.Ordinal); // what is given as an example earns none

        var (pid, code, asked, log) = (0, -1, false, new List<string>());
        await foreach (var happened in Run(this[program]).WithWorkingDirectory(this[broken]).WithArguments(cut).ListenAsync(Cancellation))
        {
            switch (happened)
            {
                case StartedCommandEvent started:
                    pid = started.ProcessId;
                    break;
                case StandardOutputCommandEvent text when !asked && text.Text.StartsWith(line, StringComparison.Ordinal):
                    asked = true;
                    await Run("kill").WithArguments(["-USR2", $"{pid}"]).ExecuteAsync(Cancellation);
                    break;
                case StandardErrorCommandEvent text:
                    log.Add(text.Text);
                    break;
                case ExitedCommandEvent exited:
                    code = exited.ExitCode;
                    break;
            }
        }

        // Stopped, saved, and without a Slurm to come back by.
        Assert.True(code == 143, $"{code}: {string.Join('\n', log)}");
        Assert.False(File.Exists(this[$"{broken}/{output}"]));

        var second = await Run(this[program]).WithWorkingDirectory(this[broken]).WithArguments(whole).ExecuteBufferedAsync(Cancellation);
        Assert.True(second.IsSuccess, $"{second.ExitCode}: {second.StandardOutput}{second.StandardError}");
        Assert.Contains("resumes at step", second.StandardError, StringComparison.Ordinal);
        Assert.Equal(Hash(this[$"{straight}/{output}"]), Hash(this[$"{broken}/{output}"]));
    }

    public Command Run(string program) => CliWrap.Cli.Wrap(program).WithWorkingDirectory(folder).WithValidation(CommandResultValidation.None)
        .WithEnvironmentVariables(variables => variables.Set("DOTNET_CLI_TELEMETRY_OPTOUT", "1").Set("DOTNET_NOLOGO", "1").Set("CAIRN_CHECKPOINT_DIR", null));

    public static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
