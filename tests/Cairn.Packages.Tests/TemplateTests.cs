using Cairn.Shared;
using CliWrap.Buffered;

namespace Cairn.Packages.Tests;

/// <summary><c>dotnet new cairn</c>, from the package to a training that was cut and has gone on.</summary>
public sealed class TemplateTests : IDisposable
{
    private readonly Consumer consumer = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "slow")]
    public async Task The_project_that_it_makes_trains_is_cut_and_goes_on()
    {
        Assert.SkipWhen(Packed.Packages is null, Packed.Reason);
        // A list of templates of this test's own.
        var own = new[] { "--debug:custom-hive", consumer["hive"] };
        await consumer.DotnetAsync(["new", "install", Path.Combine(Packed.Packages!, $"Cairn.Templates.{Consumer.Version}.nupkg"), .. own]);
        await consumer.DotnetAsync(["new", "cairn", "-n", "MyTraining", "--no-update-check", .. own]);

        // As its README says.
        var readme = await File.ReadAllTextAsync(consumer["MyTraining/README.md"], Cancellation);
        Assert.Contains("    dotnet publish -o bin/publish ", readme, StringComparison.Ordinal);
        await consumer.DotnetAsync("publish", "MyTraining", "-o", consumer["MyTraining/bin/publish"]);
        Assert.Contains("srun bin/publish/MyTraining\n", await File.ReadAllTextAsync(consumer["MyTraining/job.sh"], Cancellation), StringComparison.Ordinal);

        await consumer.TrainsIsCutAndResumesAsync("MyTraining/bin/publish/MyTraining", "epoch 3 ", ["40"], ["1000000"], "model.dat");
    }

    [Fact]
    public async Task Its_batch_script_is_what_cairn_script_writes()
    {
        Assert.SkipWhen(Packed.Binary is null, Packed.Reason);
        var written = await consumer.Run(Packed.Binary!)
            .WithArguments(["script", "--time", "12h", "--launcher", "srun", "--logs", ".", "--job-name", "CairnTraining", "--", "bin/publish/CairnTraining"])
            .ExecuteBufferedAsync(Cancellation);

        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(PackageCache.RepositoryFolder, "templates/Training/job.sh"), Cancellation), written.StandardOutput);
        var lint = await consumer.Run(Packed.Binary!).WithArguments(["lint", Path.Combine(PackageCache.RepositoryFolder, "templates/Training/job.sh")]).ExecuteBufferedAsync(Cancellation);
        Assert.True(lint.IsSuccess, lint.StandardOutput + lint.StandardError);
    }

    public void Dispose() => consumer.Dispose();
}
