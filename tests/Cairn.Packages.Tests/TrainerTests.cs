namespace Cairn.Packages.Tests;

/// <summary>A program that knows Cairn by its packages trains, is cut and goes on, in every form in which .NET publishes one.</summary>
[Trait("Category", "slow")]
public sealed class TrainerTests : IDisposable
{
    private readonly Consumer consumer = new();

    /// <summary>The plain one by default, every form with CAIRN_LONG=1 (<c>eng/test.sh --long</c>).</summary>
    public static TheoryData<string, string> Forms()
    {
        var plain = new TheoryData<string, string> { { "CSharp", "--self-contained false" } };
        var all = new TheoryData<string, string>(plain)
        {
            { "CSharp", "--self-contained true" },
            { "CSharp", "--self-contained false -p:PublishSingleFile=true" },
            { "CSharp", "--self-contained true -p:PublishSingleFile=true" },
            { "CSharp", "--self-contained false -p:PublishReadyToRun=true" },
            { "CSharp", "--self-contained true -p:PublishReadyToRun=true -p:PublishSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=true" },
            { "FSharp", "--self-contained false" },
            { "FSharp", "--self-contained true -p:PublishSingleFile=true" },
        };
        return Environment.GetEnvironmentVariable("CAIRN_LONG") == "1" ? all : plain;
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Goes_on_to_the_bit(string language, string form)
    {
        var project = consumer.AddTrainer(language);
        await consumer.DotnetAsync(["publish", project, "-r", "linux-x64", "-o", consumer["published"], .. form.Split(' ')]);
        await consumer.TrainsIsCutAndResumesAsync("published/Trainer", "step 5", ["0", "model.dat"], ["20", "model.dat"], "model.dat");
    }

    public void Dispose() => consumer.Dispose();
}
