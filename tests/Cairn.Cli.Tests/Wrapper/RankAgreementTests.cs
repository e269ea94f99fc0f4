using System.Buffers.Binary;
using Cairn.Cli.Contract;
using Cairn.Cli.Tests.Running;
using Cairn.Cli.Wrapper;
using Cairn.Cli.Wrapper.Together;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>Groups of ranks that a script starts one after the other: each begins anew, whatever time the one before has used up.</summary>
public sealed class RankAgreementTests : IDisposable
{
    private const int State = 10;
    private const int Beat = 12;

    private readonly Sandbox _sandbox = new();
    private readonly FakeTimeProvider _time = new();
    private readonly PageFolder _pages;
    private readonly RankAgreement _agreement;

    public RankAgreementTests()
    {
        _pages = PageFolder.Make(_sandbox.At("pages"), attempt: 1, new Aside())!;
        _agreement = new(_pages, step: null, _time);
    }

    [Fact]
    public async Task The_second_group_has_time_to_come_too()
    {
        Make(rank: 0);
        Make(rank: 1);
        await BecomesAsync(PageState.Together);
        await AllEndAsync();
        _time.Advance(TimeSpan.FromMinutes(10));
        await IsSeenAsync(Make(rank: 0));
        Assert.Equal(PageState.Undecided, _pages.State);
        Make(rank: 1);
        await BecomesAsync(PageState.Together);
    }

    [Fact]
    public async Task What_is_wrong_with_the_first_group_is_not_wrong_with_the_second()
    {
        Make(rank: 0);
        Make(rank: 0);
        await BecomesAsync(PageState.Apart);
        await AllEndAsync();
        Make(rank: 0);
        Make(rank: 1);
        await BecomesAsync(PageState.Together);
    }

    [Fact]
    public async Task Who_does_not_come_is_not_waited_for_for_ever()
    {
        await IsSeenAsync(Make(rank: 0));
        Assert.Equal(PageState.Undecided, _pages.State);
        _time.Advance(TimeSpan.FromMinutes(4));
        await BecomesAsync(PageState.Apart);
    }

    [Fact]
    public async Task Whoever_comes_after_the_stop_is_of_another_group()
    {
        Make(rank: 0);
        Make(rank: 1);
        await BecomesAsync(PageState.Together);
        _agreement.Want("a test");
        await BecomesAsync(PageState.Stop);
        var late = Make(rank: 0);
        await Sandbox.Until(() => Looked() && Word(late, State) == (long)PageState.Apart, "its answer");
    }

    public void Dispose()
    {
        _agreement.Dispose();
        _pages.Dispose();
        _sandbox.Dispose();
    }

    private Task AllEndAsync()
    {
        Directory.Delete(_pages.Path, recursive: true);
        Directory.CreateDirectory(_pages.Path);
        return BecomesAsync(PageState.Undecided);
    }

    // It waits for seconds by itself; this has it look now.
    private bool Looked()
    {
        _agreement.WaitForOthers();
        return true;
    }

    private Task BecomesAsync(PageState state) => Sandbox.Until(() => Looked() && _pages.State == state, $"{state}: {_pages.State}");

    // And what follows from it is decided.
    private async Task IsSeenAsync(string page)
    {
        await Sandbox.Until(() => Looked() && Word(page, Beat) > 0, "a first look at the page");
        var first = Word(page, Beat);
        await Sandbox.Until(() => Looked() && Word(page, Beat) > first + 1, "two more looks");
    }

    private static long Word(string page, int word) => BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(page).AsSpan(word * sizeof(long)));

    private string Make(int rank)
    {
        var page = new byte[16 * sizeof(long)];
        "CAIRNPG1"u8.CopyTo(page);
        foreach (var (word, value) in ((int, long)[])[(1, rank), (2, 2), (3, 1), (8, -1)])
            BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(word * sizeof(long)), value);
        Convert.FromHexString(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim().Replace("-", "", StringComparison.Ordinal)).CopyTo(page, 4 * sizeof(long));
        var path = Path.Combine(_pages.Path, $"{Guid.NewGuid():N}.page");
        File.WriteAllBytes(path + ".new", page);
        File.Move(path + ".new", path);
        return path;
    }
}
