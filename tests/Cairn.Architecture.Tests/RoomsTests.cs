using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Cairn.Architecture.Tests;

/// <summary>Who may know whom, as docs/architecture.md draws it.</summary>
public class RoomsTests
{
    private static readonly ArchUnitNET.Domain.Architecture House = new ArchLoader()
        .LoadAssemblies(typeof(TrainingRun).Assembly, typeof(Cairn.TrainingRunExtensions).Assembly, typeof(Cairn.Cli.LocalScheduler.LocalCluster).Assembly)
        .Build();

    [Theory]
    [InlineData("Cairn.Checkpoints", "Cairn.Attempts", "Cairn.Interruptions", "Cairn.Slurm", "Cairn.Runs", "Cairn.Ranks")]
    [InlineData("Cairn.Attempts", "Cairn.Checkpoints", "Cairn.Interruptions", "Cairn.Slurm", "Cairn.Runs", "Cairn.Ranks")]
    [InlineData("Cairn.Slurm", "Cairn.Checkpoints", "Cairn.Attempts", "Cairn.Runs")]
    [InlineData("Cairn.Interruptions", "Cairn.Checkpoints", "Cairn.Attempts", "Cairn.Runs")]
    [InlineData("Cairn.Ranks", "Cairn.Checkpoints", "Cairn.Attempts", "Cairn.Interruptions", "Cairn.Slurm", "Cairn.Schedules", "Cairn.Runs")]
    [InlineData("Cairn.Timing", "Cairn.Checkpoints", "Cairn.Attempts", "Cairn.Interruptions", "Cairn.Slurm", "Cairn.Runs")]
    [InlineData("Cairn.Notices", "Cairn.Checkpoints", "Cairn.Attempts", "Cairn.Interruptions", "Cairn.Schedules", "Cairn.Runs", "Cairn.Ranks")]
    [InlineData("Cairn.Posix", "Cairn.Checkpoints", "Cairn.Attempts", "Cairn.Interruptions", "Cairn.Slurm", "Cairn.Schedules", "Cairn.Runs", "Cairn.Ranks")]
    [InlineData("Cairn.JsonForms", "Cairn.Checkpoints", "Cairn.Attempts", "Cairn.Interruptions", "Cairn.Slurm", "Cairn.Schedules", "Cairn.Runs")]
    [InlineData("Cairn.Cli.Wrapper", "Cairn.Cli.LocalScheduler", "Cairn.Cli.Commands", "Cairn.Cli.Lint", "Cairn.Cli.Inspection", "Cairn.Cli.Doctor")]
    [InlineData("Cairn.Cli.LocalScheduler", "Cairn.Cli.Wrapper", "Cairn.Cli.Commands", "Cairn.Cli.Lint", "Cairn.Cli.Inspection", "Cairn.Cli.Doctor")]
    [InlineData("Cairn.Cli.Lint", "Cairn.Cli.Wrapper", "Cairn.Cli.LocalScheduler", "Cairn.Cli.Commands", "Cairn.Cli.Submissions", "Cairn.Cli.Inspection", "Cairn.Cli.Doctor")]
    [InlineData("Cairn.Cli.BatchScripts", "Cairn.Cli.Wrapper", "Cairn.Cli.LocalScheduler", "Cairn.Cli.Commands", "Cairn.Cli.Lint", "Cairn.Cli.Submissions")]
    [InlineData("Cairn.Cli.Processes", "Cairn.Cli.Wrapper", "Cairn.Cli.LocalScheduler", "Cairn.Cli.Commands")]
    public void A_room_does_not_know_its_neighbours(string room, params string[] strangers)
    {
        foreach (var stranger in strangers)
            Holds(In(room).Should().NotDependOnAny(In(stranger)));
    }

    [Fact]
    public void The_library_knows_neither_tensors_nor_the_program()
    {
        Holds(Types().That().ResideInAssembly(typeof(TrainingRun).Assembly).Should()
            .NotDependOnAnyTypesThat().ResideInNamespaceMatching(@"^(TorchSharp|Cairn\.Cli|Spectre\.Console|System\.CommandLine)"));
    }

    [Fact]
    public void The_program_does_not_know_TorchSharp()
    {
        Holds(Types().That().ResideInAssembly(typeof(Cairn.Cli.LocalScheduler.LocalCluster).Assembly).Should()
            .NotDependOnAnyTypesThat().ResideInNamespaceMatching("^TorchSharp"));
    }

    [Fact]
    public void The_rules_can_fail() =>
        Assert.Contains(In("Cairn.Runs").Should().NotDependOnAny(In("Cairn.Checkpoints")).Evaluate(House), result => !result.Passed);

    // With the rooms inside: Cairn.Checkpoints.Writing too.
    private static ArchUnitNET.Fluent.Syntax.Elements.Types.GivenTypesConjunction In(string room) =>
        Types().That().ResideInNamespaceMatching($"^{room.Replace(".", "\\.", StringComparison.Ordinal)}(\\.|$)");

    private static void Holds(ArchUnitNET.Fluent.Syntax.Elements.Types.TypesShouldConjunction rule)
    {
        var broken = rule.Evaluate(House).Where(result => !result.Passed).Select(result => result.Description).ToList();
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }
}
