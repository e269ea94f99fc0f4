using Cairn.Shared;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Packages.Tests;

/// <summary>The package of the dotnet tool, installed from its folder.</summary>
[Trait("Category", "slow")]
public sealed class ToolTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cairn-tool-").FullName;

    [Fact]
    public async Task Is_installed_and_runs()
    {
        Assert.SkipWhen(Packed.Packages is null, Packed.Reason);
        // No other source, and a cache of its own: the package that was just made, whatever was installed under its version before.
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="local" value="{Packed.Packages}" /></packageSources>
              <config><add key="globalPackagesFolder" value="{folder}/cache" /></config>
            </configuration>
            """, TestContext.Current.CancellationToken);
        await Run("dotnet", "tool", "install", "Cairn.Cli", "--prerelease", "--tool-path", "tools", "--configfile", "nuget.config");
        var tool = Path.Combine(folder, "tools", "cairn");
        Assert.Equal(Consumer.Version, (await Run(tool, "--version")).Split('+')[0].Trim());
        // It has to find itself, too.
        Assert.Equal("RUNNING\n", await Run(tool, "local", "--", "squeue", "--noheader", "--format", "%T"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<string> Run(string program, params string[] arguments)
    {
        var result = await CliWrap.Cli.Wrap(program).WithArguments(arguments).WithWorkingDirectory(folder)
            .WithEnvironmentVariables(variables => variables.Set("DOTNET_CLI_TELEMETRY_OPTOUT", "1").Set("NUGET_PACKAGES", $"{folder}/cache").Set("DOTNET_NOLOGO", "1"))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(result.IsSuccess, $"{program} {string.Join(' ', arguments)}: {result.ExitCode}\n{result.StandardOutput}{result.StandardError}");
        return result.StandardOutput;
    }
}
