using System.Globalization;
using Cairn.Tests.Checkpoints;

namespace Cairn.Tests.Ranks;

/// <summary>
/// Random ranks: 2 to 40, with whatever delays and orders, that want to save, stop and complete, die, say goodbye and come again, in two lives of
/// the job. Whatever happens there is one step for all, beyond what anybody has passed, nobody goes past it, and no wait is for ever. 10,000 cases in
/// the long form, others each time; CAIRN_SEED=N plays that one alone, and tells what happened.
/// </summary>
public sealed class AgreementPropertyTests
{
    private static readonly int Count = LongForm.IsOn ? 10_000 : 1_000;

    [Fact]
    public void Whatever_happens_all_ranks_act_at_one_step()
    {
        var given = Environment.GetEnvironmentVariable("CAIRN_SEED");
        var first = given is { Length: > 0 } ? ulong.Parse(given, CultureInfo.InvariantCulture) : (ulong)Random.Shared.NextInt64(1_000_000_000);
        for (var seed = first; seed < first + (given is null ? (ulong)Count : 1); seed++)
        {
            var played = AgreementCase.Of(seed);
            if (AgreementWorld.WhatIsWrong(played) is null)
                continue;
            var story = new List<string>();
            Assert.Fail($"seed {seed} (CAIRN_SEED={seed} plays it alone):\n{played}\n{AgreementWorld.WhatIsWrong(played, story)}, after\n{string.Join('\n', story.TakeLast(60))}");
        }
    }
}
