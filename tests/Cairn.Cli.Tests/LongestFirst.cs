using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Cairn.Cli.Tests.LongestFirst))]

namespace Cairn.Cli.Tests;

/// <summary>The classes whose plays take minutes begin first, so that nobody waits for one of them alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] Longest = [typeof(Ranks.LostRanksTests), typeof(Ranks.LeftRanksTests), typeof(Running.RehearsedScriptTests)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(one => Longest.Any(type => one.TestCollectionDisplayName.Contains(type.FullName!, StringComparison.Ordinal)))];
}
