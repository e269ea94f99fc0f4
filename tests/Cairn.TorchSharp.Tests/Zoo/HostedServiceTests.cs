namespace Cairn.TorchSharp.Tests.Zoo;

/// <summary>A training in a real host: the host's own stop is one of the run's. (That a signal ends both, the zoo plays.)</summary>
public sealed class HostedServiceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void StopApplication_stops_training_at_the_next_boundary_and_the_next_start_goes_on()
    {
        using (var life = Start())
        {
            Assert.True(life.WaitForStep(10), life.Messages);
            File.WriteAllText(Path.Combine(folder.Path, "o", "stop-host"), string.Empty);
            Assert.Equal(ExitCodes.Terminated, life.WaitForEnd());
        }

        File.Delete(Path.Combine(folder.Path, "o", "stop-host"));
        var newest = Directory.GetDirectories(Path.Combine(folder.Path, "c"), "step-*").Max(StringComparer.Ordinal)!;
        Assert.InRange(int.Parse(Path.GetFileName(newest)[5..], System.Globalization.CultureInfo.InvariantCulture), 11, 69);
        Assert.False(File.Exists(Path.Combine(folder.Path, "o", "model.txt")));
        using var again = Start();
        Assert.Equal(0, again.WaitForEnd());
        Assert.True(File.Exists(Path.Combine(folder.Path, "o", "model.txt")));
    }

    public void Dispose() => folder.Dispose();

    private ZooProcess Start() => ZooProcess.Start("hosted", Path.Combine(folder.Path, "c"), Path.Combine(folder.Path, "o"));
}
