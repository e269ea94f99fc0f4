using Cairn.Runs;

namespace Cairn.Tests.Runs;

public sealed class ThrownSinceTests
{
    /// <summary>Threads that throw all the time do not make this one's exception unseen.</summary>
    [Fact]
    public void What_this_thread_throws_is_seen_whatever_others_throw()
    {
        var over = false;
        var others = Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            while (!Volatile.Read(ref over))
                Throw();
        })).ToList();
        others.ForEach(other => other.Start());
        var missed = 0;
        var began = TimeProvider.System.GetTimestamp();
        for (var round = 0; TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(2); round++)
        {
            using var since = new ThrownSince();
            Throw();
            missed += since.Any ? 0 : 1;
        }

        Volatile.Write(ref over, true);
        others.ForEach(other => other.Join());
        Assert.Equal(0, missed);
    }

    [Fact]
    public void What_others_throw_is_theirs()
    {
        using var since = new ThrownSince();
        var other = new Thread(Throw);
        other.Start();
        other.Join();
        Assert.False(since.Any);
    }

    private static void Throw()
    {
        try
        {
            throw new InvalidDataException();
        }
        catch (InvalidDataException)
        {
            // It was thrown.
        }
    }
}
