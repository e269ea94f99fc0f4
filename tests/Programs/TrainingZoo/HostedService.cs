using Cairn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TrainingZoo;

/// <summary>A training as a service of a host, which listens to TERM and INT as well: the run ends at its boundary, and then the host does.</summary>
internal static class HostedService
{
    public static int Train(string checkpoints, string output)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
        builder.Services.AddSingleton(new Folders(checkpoints, output));
        builder.Services.AddHostedService<Service>();
        using var host = builder.Build();
        host.Run();
        return Environment.ExitCode;
    }

    private sealed record Folders(string Checkpoints, string Output);

    private sealed class Service(Folders folders, ILogger<Service> log, IHostApplicationLifetime lifetime) : BackgroundService
    {
        // The token is the host's word that it stops; the run has heard the same signal, and must reach its boundary.
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(
            () =>
            {
                using var run = TrainingRun.Open(folders.Checkpoints, new() { Save = SaveSchedule.EverySteps(4), Logger = log });
                Environment.ExitCode = PlainNumbers.Train(run, folders.Output);
                lifetime.StopApplication();
            },
            CancellationToken.None);
    }
}
