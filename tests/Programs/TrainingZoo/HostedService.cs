using Cairn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TrainingZoo;

/// <summary>A training as a service of a host: what stops one of the two stops the other, the run at its next boundary.</summary>
internal static class HostedService
{
    public static int Train(string checkpoints, string output)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
        builder.Services.AddSingleton(new Folders(checkpoints, output));
        builder.Services.Configure<TrainingRunOptions>(options => options.Save = SaveSchedule.EverySteps(4));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(2));
        builder.Services.AddHostedService<Training>();
        builder.Services.AddHostedService<Operator>();
        using var host = builder.Build();
        host.Run();
        return Environment.ExitCode;
    }

    private sealed record Folders(string Checkpoints, string Output);

    private sealed class Training(Folders folders, IOptions<TrainingRunOptions> options, ILogger<Training> log, IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => Train(stoppingToken), CancellationToken.None);

        private void Train(CancellationToken stoppingToken)
        {
            options.Value.Logger = log;
            using var run = TrainingRun.Open(folders.Checkpoints, options.Value);
            using var registration = stoppingToken.Register(() => run.RequestStop("the host stops"));
            Environment.ExitCode = PlainNumbers.Train(run, folders.Output);
            lifetime.StopApplication();
        }
    }

    /// <summary>Stops the host when a file says so, and no signal.</summary>
    private sealed class Operator(Folders folders, IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            while (!File.Exists(Path.Combine(folders.Output, "stop-host")))
                await Task.Delay(10, stoppingToken);
            lifetime.StopApplication();
        }
    }
}
