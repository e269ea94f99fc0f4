using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Cairn.Slurm.Tests;

/// <summary>
/// The one limit on what the tests have running at a time. A job mostly waits, but its start takes a core or two, for it is a program
/// with torch in it; and what a test expects of it goes by Slurm's clock, which does not wait for a busy machine. So jobs are
/// submitted one after the other, and each only once the machine has time to spare: many at a time where starting programs is
/// cheap, few where it is not. What runs nicely counts as spare. Memory does not count: the clusters' own bounds do, a hundred MB or
/// two a job.
/// </summary>
internal static partial class Machine
{
    /// <summary>The turn of who holds what others wait for: a node of its own, or a job that is running.</summary>
    public const int Next = 0;

    private const int FarAway = 10;
    private const double Spare = 0.25; // of all cores together
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Channel<Waiting> Queue = Channel.CreateUnboundedPrioritized(new UnboundedPrioritizedChannelOptions<Waiting>
    {
        Comparer = Comparer<Waiting>.Create((one, other) => (one.Minutes, one.Number).CompareTo((other.Minutes, other.Number))),
        SingleReader = true,
    });

    private static readonly Lazy<Task> Doorkeeper = new(() => Task.Run(LetInAsync));
    private static long count;

    /// <summary>Whether a library is installed. It is not loaded: an MPI takes this process's signals, and the next null reference that a test catches would end all tests.</summary>
    public static bool HasLibrary(string name)
    {
        using var listing = Process.Start(new ProcessStartInfo("/sbin/ldconfig", ["-p"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var text = listing.StandardOutput.ReadToEnd();
        listing.WaitForExit();
        return text.Contains(name, StringComparison.Ordinal);
    }

    /// <summary>Whether Slurm's plug-in for PMIx finds its library: by its name without a version, which Debian has in the package for developers.</summary>
    public static bool HasPmix => Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu").Any(folder => File.Exists(Path.Combine(folder, "pmix2/lib/libpmix.so")));

    /// <summary>Waits until there is room for one more job.</summary>
    /// <param name="minutes">After how long at least it will end, if that is to be waited for: it goes before those of which that is not known.</param>
    public static async Task WaitForRoomAsync(int minutes = FarAway)
    {
        var waiting = new Waiting(minutes, Interlocked.Increment(ref count), new(TaskCreationOptions.RunContinuationsAsynchronously));
        Assert.True(Queue.Writer.TryWrite(waiting));
        var entry = waiting.Entry.Task.WaitAsync(TestContext.Current.CancellationToken);
        await await Task.WhenAny(entry, Doorkeeper.Value); // which ends only by an error
    }

    /// <summary>The limit that options of sbatch or a script ask for, where it is so short that a job is there to reach it; else one that is far away.</summary>
    public static int MinutesOf(string text) => ShortLimit().Match(text) is { Success: true } limit ? int.Parse(limit.Groups["minutes"].Value) : FarAway;

    private static async Task LetInAsync()
    {
        while (await Queue.Reader.WaitToReadAsync())
        {
            // Whoever came last may be the next, so that nobody is taken from the queue before there is room. A machine that is never
            // at rest, because of what others do there, lets in one now and then.
            var began = TimeProvider.System.GetTimestamp();
            do
            {
                var before = Times();
                await Task.Delay(Look);
                var after = Times();
                if (after.Idle - before.Idle >= Spare * (after.All - before.All))
                    break;
            }
            while (TimeProvider.System.GetElapsedTime(began) < Patience);

            if (Queue.Reader.TryRead(out var next))
                next.Entry.SetResult();

            // Slurm takes a moment to start it.
            await Task.Delay(Look);
        }
    }

    // The first line of proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
    private static (long Idle, long All) Times()
    {
        var times = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(time => long.Parse(time, CultureInfo.InvariantCulture)).ToArray();
        return (times[1] + times[3], times.Sum());
    }

    // --time=1, or 00:01:00.
    [GeneratedRegex(@"--time=(00:0)?(?<minutes>[1-3])(:00)?(\s|$)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ShortLimit();

    private sealed record Waiting(int Minutes, long Number, TaskCompletionSource Entry);
}
