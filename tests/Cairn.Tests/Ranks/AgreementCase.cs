using Cairn.Ranks;
using CsCheck;

namespace Cairn.Tests.Ranks;

/// <summary>What happens to the ranks of a run, besides training.</summary>
internal enum Happening
{
    /// <summary>A rank's schedule wants a save.</summary>
    WantSave,

    /// <summary>A rank hears that it should stop.</summary>
    WantStop,

    /// <summary>A rank is killed: of what it had sent a part may be lost.</summary>
    Die,

    /// <summary>A rank ends in order, at any time.</summary>
    SayGoodbye,

    /// <summary>A rank comes that is there, or was.</summary>
    ComeAgain,
}

/// <summary>One thing that happens, and when: after so many turns of anybody.</summary>
internal sealed record HappensAt(Happening What, int Rank, int Turn);

/// <summary>A life of the job: how it begins and what happens.</summary>
/// <param name="Steps">So many steps are planned.</param>
/// <param name="AsksIn">After so many steps the program asks for the end; null for never.</param>
/// <param name="AsksFor">By <c>Complete()</c> or <c>RequestStop()</c>.</param>
/// <param name="OnlyRank">By this rank alone; null for all.</param>
/// <param name="Happens">What happens.</param>
internal sealed record AgreementAttempt(int Steps, int? AsksIn, RankPurpose AsksFor, int? OnlyRank, IReadOnlyList<HappensAt> Happens);

/// <summary>A random case: ranks, whether they wait for each other in every step, and the job's lives.</summary>
internal sealed record AgreementCase(int Size, bool IsCoupled, IReadOnlyList<AgreementAttempt> Attempts, int Order)
{
    private static readonly Gen<AgreementCase> All =
        from size in Gen.Frequency((6, Gen.Int[2, 4]), (3, Gen.Int[5, 10]), (1, Gen.Int[11, 40]))
        from coupled in Gen.Bool
        from attempts in AttemptOf(size).Array[1, 2]
        from order in Gen.Int
        select new AgreementCase(size, coupled, attempts, order);

    /// <summary>The case of a seed: the same for the same seed.</summary>
    public static AgreementCase Of(ulong seed) => All.Generate(new PCG(1, seed), null!, out _);

    public override string ToString() => string.Join('\n', Attempts.Select(attempt =>
        $"{Size} ranks{(IsCoupled ? " that wait for each other" : string.Empty)}, {attempt.Steps} steps, "
        + $"{(attempt.AsksIn is { } step ? $"{attempt.AsksFor} after {step} by {(attempt.OnlyRank is { } rank ? $"rank {rank}" : "all")}, " : string.Empty)}{string.Join(", ", attempt.Happens)}"));

    private static Gen<AgreementAttempt> AttemptOf(int size)
    {
        var what = Gen.Frequency((5, Gen.Const(Happening.WantSave)), (4, Gen.Const(Happening.WantStop)), (2, Gen.Const(Happening.Die)), (1, Gen.Const(Happening.SayGoodbye)), (1, Gen.Const(Happening.ComeAgain)));
        return
            from steps in Gen.Int[2, 12]
            from asks in Gen.Frequency((1, Gen.Const(false)), (1, Gen.Const(true)))
            from end in Gen.Frequency((1, Gen.Const(RankPurpose.Stop)), (1, Gen.Const(RankPurpose.Complete)))
            from step in Gen.Int[1, steps]
            from one in Gen.Frequency((1, Gen.Const(false)), (2, Gen.Const(true)))
            from rank in Gen.Int[0, size - 1]
            from happens in Gen.Select(what, Gen.Int[0, size - 1], Gen.Int[0, size * steps * 4], (happening, which, turn) => new HappensAt(happening, which, turn)).Array[0, 5]
            select new AgreementAttempt(steps, asks ? step : null, end, one ? null : rank, [.. happens.OrderBy(one => one.Turn)]);
    }
}
