using Cairn.Cli.Contract;
using Cairn.Cli.LocalScheduler;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Posix;

namespace Cairn.Cli.Tests.LocalScheduler;

public sealed class RehearsalTests
{
    // Hours and seconds of the job; then seconds in the rehearsal.
    [Theory]
    [InlineData(12.0, 600, 60, 15, 30)] // a quarter of the attempt, for a proportion of 0.8 s saves nothing
    [InlineData(12.0, 600, 10, 2.5, 5)]
    [InlineData(1.0, 60, 1800, 60, 30)] // there is room: as it is
    [InlineData(0.5, 900, 60, 30, 30)] // more than a quarter of the limit stays that
    [InlineData(null, 600, 10, 2.5, 5)]
    public void The_limit_is_the_attempt_and_leads_shrink_with_it(double? hours, int lead, int attempt, double shortLead, double killWait)
    {
        var job = new JobRequest { Limit = hours is { } limit ? TimeSpan.FromHours(limit) : null, Warning = new(SignalName.Usr2, TimeSpan.FromSeconds(lead), ToBatchShell: true) };
        var rehearsal = Rehearsal.Of(job, TimeSpan.FromSeconds(attempt), shrinksKillWait: true);
        Assert.Equal(TimeSpan.FromSeconds(attempt), rehearsal.Job.Limit);
        Assert.Equal(TimeSpan.FromSeconds(shortLead), rehearsal.Job.Warning!.Lead);
        Assert.Equal(shortLead / lead, rehearsal.LeadFactor, 6);
        Assert.Equal(TimeSpan.FromSeconds(killWait), rehearsal.Job.KillWait);
        Assert.Equal(0, rehearsal.Job.UsedUpCode);
    }

    [Fact]
    public void A_job_that_is_short_enough_stays_as_it_is()
    {
        var job = new JobRequest { Limit = TimeSpan.FromSeconds(30) };
        var rehearsal = Rehearsal.Of(job, TimeSpan.FromMinutes(1), shrinksKillWait: true);
        Assert.Equal((job, 1), (rehearsal.Job, rehearsal.LeadFactor));
        Assert.Contains("nothing is shrunk", Assert.Single(rehearsal.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7:0.25", 0.25)]
    [InlineData("8:0.25", 1)] // of the job that this one was submitted from
    [InlineData("7:2", 1)]
    [InlineData("7:x", 1)]
    [InlineData("7", 1)]
    [InlineData(null, 1)]
    public void Its_factor_counts_in_its_job_alone(string? value, double factor) =>
        Assert.Equal(factor, LeadFactor.Here(name => name == LeadFactor.Variable ? value : "7"));
}
