using System.Text.Json;
using Cairn.Tests.Checkpoints;
using Cairn.Tests.Runs;
using Cairn.Timing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Cairn.Tests.Logging;

/// <summary>What a structured logger gets: .NET's own console logger for JSON writes what is looked at here.</summary>
public class StructuredLogTests
{
    [Fact]
    public void A_duration_and_a_size_are_words_in_the_message_and_numbers_beside_them()
    {
        var log = new JsonLogger();
        new GuardedLogger(log).LogWarning(LogEvents.Saved, "saved step {Step}: {Size} in {Duration} ({Reason})", 7, Bytes.Words(1_234_567_890), Duration.Words(TimeSpan.FromSeconds(200)), "due");

        var line = log.Lines.Single();
        Assert.Equal("saved step 7: 1.2 GB in 3 min 20 s (due)", line.GetProperty("Message").GetString());
        Assert.Equal("Saved 300", $"{LogEvents.Saved.Name} {line.GetProperty("EventId").GetInt32()}");
        Assert.Equal(
            """{"Step":7,"Size":"1.2 GB","SizeBytes":1234567890,"Duration":"3 min 20 s","DurationSeconds":200,"Reason":"due","{OriginalFormat}":"saved step {Step}: {Size} in {Duration} ({Reason})"}""",
            line.GetProperty("State").GetRawText());
    }

    [Fact]
    public void A_text_brings_its_numbers_under_names_of_their_own_but_not_those_that_are_unknown()
    {
        var log = new JsonLogger();
        var advice = new NumberedText("starts at step 5", ("Step", 5L), ("Count", null), ("Left", Duration.Words(TimeSpan.FromSeconds(1.5))));
        new GuardedLogger(log).LogWarning("{From}, then", advice);
        Assert.Equal(
            """{"From":"starts at step 5","Step":5,"LeftSeconds":1.5,"{OriginalFormat}":"{From}, then"}""",
            log.Lines.Single().GetProperty("State").GetRawText());
    }

    [Fact]
    public void The_advice_about_a_warning_has_its_times_as_numbers()
    {
        var numbers = new StopReserve { LongestStep = TimeSpan.FromSeconds(2), LongestSave = TimeSpan.FromSeconds(18) }.Advice("USR1", TimeSpan.FromSeconds(12)).Numbers("Advice");
        Assert.Equal(
            [new("LeadSeconds", 12.0), new("LongestStepSeconds", 2.0), new("LongestSaveSeconds", 18.0), new("NeededSeconds", 34.0), new("AskSeconds", 40.0)], numbers);
    }

    [Fact]
    public void A_message_without_such_a_value_and_a_level_that_is_off_reach_the_logger_as_they_are()
    {
        var (on, off) = (new StateLogger(isOn: true), new StateLogger(isOn: false));
        new GuardedLogger(on).LogInformation("{Step}", 3);
        new GuardedLogger(off).LogInformation("{Left}", Duration.Words(TimeSpan.Zero));
        Assert.All([on.State, off.State], state => Assert.IsNotType<NumberedState>(state));
    }

    [Fact]
    public void The_log_of_a_run_tells_its_steps_and_sizes_as_numbers()
    {
        using var folder = new TemporaryFolder();
        var log = new JsonLogger();
        using (var run = TrainingRun.Open(folder.Path, new() { Logger = log }))
        {
            run.Track("model", TestPart.Model(1));
            foreach (var step in run.Steps(3))
                Assert.InRange(step, 0, 2);
            Assert.Equal(0, run.Finish());
        }

        var started = StateOf(LogEvents.Started);
        Assert.Equal((1, 0, 3), (started.GetProperty("Attempt").GetInt32(), started.GetProperty("Step").GetInt32(), started.GetProperty("Count").GetInt32()));
        Assert.False(started.TryGetProperty("LeftSeconds", out _)); // no job, no end
        var saved = StateOf(LogEvents.Saved);
        Assert.InRange(saved.GetProperty("SizeBytes").GetInt64(), 4096, 1_000_000);
        Assert.InRange(saved.GetProperty("DurationSeconds").GetDouble(), 1e-6, 120);

        JsonElement StateOf(EventId one) => log.Lines.Single(line => line.GetProperty("EventId").GetInt32() == one.Id).GetProperty("State");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_logger_throws_is_swallowed_wherever_it_throws(bool atLevel)
    {
        new GuardedLogger(new FailingLogger(atLevel)).LogWarning("{Left}", Duration.Words(TimeSpan.Zero));
    }

    /// <summary>Writes each message by .NET's formatter for JSON.</summary>
    private sealed class JsonLogger : ILogger
    {
        private readonly ConsoleFormatter formatter = new ServiceCollection().AddLogging(logging => logging.AddJsonConsole())
            .BuildServiceProvider().GetServices<ConsoleFormatter>().Single(one => one.Name == ConsoleFormatterNames.Json);

        public List<JsonElement> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var line = new StringWriter();
            this.formatter.Write(new LogEntry<TState>(logLevel, "Cairn", eventId, state, exception, formatter), null, line);
            lock (Lines)
                Lines.Add(JsonDocument.Parse(line.ToString()).RootElement);
        }
    }

    private sealed class StateLogger(bool isOn) : ILogger
    {
        public object? State { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isOn;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => State = state;
    }

    private sealed class FailingLogger(bool atLevel) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => atLevel ? throw new IOException("No space left on device") : true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("No space left on device");
    }
}
