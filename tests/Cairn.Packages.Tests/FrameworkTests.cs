using Cairn.Shared;
using CliWrap.Buffered;

namespace Cairn.Packages.Tests;

/// <summary>A project of an older .NET is told so by the restore, and not by the compiler.</summary>
[Trait("Category", "slow")]
public sealed class FrameworkTests : IDisposable
{
    private readonly Consumer consumer = new();

    [Theory]
    [InlineData("Cairn")]
    [InlineData("Cairn.TorchSharp")]
    public async Task A_project_of_net8_is_refused_by_name(string package)
    {
        Assert.SkipWhen(Packed.Packages is null, Packed.Reason);
        Directory.CreateDirectory(consumer["old"]);
        await File.WriteAllTextAsync(consumer["old/Old.csproj"], $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net8.0</TargetFramework>
                <!-- What it was built against is of no matter, and may not be in the cache. -->
                <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{Consumer.Version}" />
              </ItemGroup>
            </Project>
            """, TestContext.Current.CancellationToken);

        var result = await consumer.Run("dotnet").WithArguments(["restore", "old", "-p:WithTorchSharp=false"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"error NU1202: Package {package} {Consumer.Version} is not compatible with net8.0", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("supports: net10.0", result.StandardOutput, StringComparison.Ordinal);
    }

    public void Dispose() => consumer.Dispose();
}
