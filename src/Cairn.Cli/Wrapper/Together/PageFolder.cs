using Cairn.Cli.Contract;
using Cairn.Ranks;

namespace Cairn.Cli.Wrapper.Together;

/// <summary>The pages of this wrapper's processes: which there are, and what all of them are told.</summary>
/// <remarks>A page that comes is told at once what the others know, so that none goes past a hold.</remarks>
internal sealed class PageFolder : IStepGate, IDisposable
{
    public const string Name = "pages";

    // A program stores and loads without a fence between; no processor holds a store back for that long.
    private static readonly TimeSpan StoresAreSeen = TimeSpan.FromMilliseconds(5);

    private readonly string folder;
    private readonly int attempt;
    private readonly Lock turn = new();
    private readonly Dictionary<string, ProgramPage> pages = [];
    private readonly HashSet<string> strange = [];
    private PageState state;
    private long stop;
    private long beat;
    private bool wereTold;

    private PageFolder(string folder, int attempt) => (this.folder, this.attempt) = (folder, attempt);

    /// <summary>Where the program's processes make their pages.</summary>
    public string Path => folder;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many ranks there should be in all, as all pages say; 0 where there are none.</summary>
    public int WorldSize { get; private set; }

    /// <summary>Why they cannot stop together; null when nothing is in the way.</summary>
    public string? Problem { get; private set; }

    /// <summary>What the pages are told.</summary>
    public PageState State
    {
        get
        {
            lock (turn)
                return state;
        }
    }

    /// <summary>Whether a process has asked at the step at which all stop, or behind it, and so knows that it is to. It may have ended since.</summary>
    public bool WereTold
    {
        get
        {
            lock (turn)
                return SeeWhoWasTold();
        }
    }

    /// <summary>How far the rank that is furthest behind has come, and which it is.</summary>
    public (int Rank, long Passed) Last
    {
        get
        {
            lock (turn)
                return pages.Count == 0 ? (0, long.MaxValue) : pages.Values.Select(page => (page.Rank, page.Passed)).MinBy(page => page.Passed);
        }
    }

    /// <summary>The rank that wants to stop by itself; null when none does.</summary>
    public int? Wanting
    {
        get
        {
            lock (turn)
                return pages.Values.FirstOrDefault(page => page.Wants)?.Rank;
        }
    }

    /// <summary>Makes the folder, empty. Null, and said why, where that cannot be done.</summary>
    public static PageFolder? Make(string? path, int attempt, Aside aside)
    {
        if (path is null)
            return null; // no folder at all: said where that was tried
        try
        {
            aside.Do(
                () =>
                {
                    PrivateFolder.Make(path);
                    foreach (var left in Directory.EnumerateFiles(path))
                        File.Delete(left); // of an earlier attempt
                },
                Files.Patience);
            return new(path, attempt);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Words.Say($"warning: the ranks cannot be brought to stop at one step, for {path} cannot be made: {error.Message}");
            return null;
        }
    }

    /// <summary>Looks for pages that have come and gone. Returns whether there are any such.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public bool Look()
    {
        var files = Directory.GetFiles(folder, "*" + ProgramPage.Suffix);
        lock (turn)
        {
            var before = (Count, WorldSize, Problem);
            SeeWhoWasTold(); // before the pages of those that have ended go
            foreach (var (path, page) in pages.ToList())
            {
                if (files.Contains(path) && !page.HasEnded)
                    continue;
                pages.Remove(path);
                strange.Add(path);
                page.Dispose();
            }

            foreach (var path in files)
            {
                if (pages.ContainsKey(path) || strange.Contains(path))
                    continue;
                if (ProgramPage.Open(path, attempt, out var problem) is { } page)
                {
                    if (page.HasEnded)
                    {
                        strange.Add(path); // it came and went between two looks
                        page.Dispose();
                        continue;
                    }

                    page.Tell(state == PageState.Stop ? PageState.Apart : state, stop); // all who agreed were there: it is another program's, later
                    pages.Add(path, page);
                    continue;
                }

                strange.Add(path);
                Problem ??= problem;
            }

            Count = pages.Count;
            if (Count == 0 && before.Count > 0)
                Problem = null; // who had it has ended
            WorldSize = pages.Values.FirstOrDefault()?.WorldSize ?? 0;
            if (pages.Values.Any(page => page.WorldSize != WorldSize))
                Problem ??= "its processes do not agree on how many ranks there are";
            if (pages.Values.Select(page => page.Rank).Distinct().Count() != Count)
                Problem ??= "two of its processes have the same rank";
            return before != (Count, WorldSize, Problem);
        }
    }

    /// <summary>Says that this wrapper is still there.</summary>
    public void Beat()
    {
        lock (turn)
        {
            beat++;
            foreach (var page in pages.Values)
                page.Beat(beat);
        }
    }

    /// <summary>Tells all pages, and those to come.</summary>
    public void Tell(PageState what)
    {
        lock (turn)
        {
            if (state is PageState.Held or PageState.Stop)
                return; // that goes before
            SetAll(what);
        }
    }

    /// <inheritdoc/>
    public long Hold()
    {
        lock (turn)
        {
            SetAll(PageState.Held);
            Thread.Sleep(StoresAreSeen);
            return pages.Count == 0 ? -1 : pages.Values.Max(page => page.Passed);
        }
    }

    /// <inheritdoc/>
    public void Act(RankMessage order)
    {
        lock (turn)
        {
            stop = order.Step;
            SetAll(PageState.Stop);
        }
    }

    /// <inheritdoc/>
    public void Open()
    {
        lock (turn)
        {
            if (state != PageState.Stop)
                SetAll(PageState.Apart);
        }
    }

    public void Dispose()
    {
        lock (turn)
        {
            SeeWhoWasTold();
            foreach (var page in pages.Values)
                page.Dispose();
            pages.Clear();
        }
    }

    private bool SeeWhoWasTold() => wereTold = wereTold || (state == PageState.Stop && pages.Values.Any(page => page.Passed >= stop));

    private void SetAll(PageState what)
    {
        state = what;
        foreach (var page in pages.Values)
            page.Tell(state, stop);
    }
}
