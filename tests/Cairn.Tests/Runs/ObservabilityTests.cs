using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Cairn.Attempts;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Cairn.Tests.Runs;

/// <summary>What others see of a run: its logger, its meter, the values that it reports.</summary>
public partial class ObservabilityTests
{
    [Fact]
    public void Messages_go_to_the_programs_own_logger()
    {
        using var folder = new TemporaryFolder();
        var log = new ListLogger();
        Train(folder, 3, new() { Logger = log });
        Assert.Contains(log.Messages, message => message.StartsWith("Information attempt 1: starts at step 0 of 3", StringComparison.Ordinal));
        Assert.Contains("Information finished: 3 steps in 1 attempt(s)", log.Messages);
    }

    [Fact]
    public void Each_message_has_an_event_with_a_name()
    {
        using var folder = new TemporaryFolder();
        var log = new ListLogger();
        Train(folder, 3, new() { Logger = log });
        Assert.DoesNotContain(default, log.Events);
        Assert.Equal([LogEvents.Started, LogEvents.Saved, LogEvents.Finished], log.Events);
        Assert.Equal("Started", log.Events.First().Name);
    }

    [Fact]
    public void The_table_of_the_docs_lists_the_events_as_they_are()
    {
        var events = typeof(LogEvents).GetFields().Select(field => (Id: (EventId)field.GetValue(null)!, field.Name)).ToList();
        Assert.All(events, one => Assert.Equal(one.Name, one.Id.Name));
        var table = File.ReadLines(Path.Combine(Repository(), "docs", "metrics.md")).Where(line => line.Length > 2 && char.IsDigit(line[2])).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => $"{cells[1]} {cells[2].Trim('`')}");
        Assert.Equal(events.Select(one => $"{one.Id.Id} {one.Name}"), table);
    }

    [Fact]
    public void No_message_names_a_value_twice()
    {
        // Two fields of one name in an object of JSON: what a collector makes of them nobody knows.
        var templates = Directory.EnumerateFiles(Path.Combine(Repository(), "src", "Cairn"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Template().Matches(File.ReadAllText(file))).Select(match => match.Groups["template"].Value).ToList();
        Assert.True(templates.Count > 50, $"only {templates.Count} templates were found");
        Assert.All(templates, template => Assert.Distinct(TemplateValue().Matches(template).Select(match => match.Value)));
    }

    [Fact]
    public void The_meter_tells_of_each_run_by_its_folder()
    {
        using var folder = new TemporaryFolder();
        using var meter = new Measurements(folder.Path);
        Train(folder, 7, new() { Logger = new ListLogger(), Save = SaveSchedule.EverySteps(2), WhenStillSaving = WhenStillSaving.Wait }, step => 10 - step, _ => meter.Look());
        Assert.Equal([1, 1, 1, 1, 1, 1, 1], meter["cairn.steps"]);
        Assert.Equal(7, meter["cairn.step.duration"].Count);
        Assert.All(meter["cairn.step.duration"], seconds => Assert.InRange(seconds, 0, 60));
        Assert.Equal([1, 1, 1, 1], meter["cairn.saves"]);
        Assert.True(meter["cairn.save.bytes"].Sum() > 4096);
        Assert.Equal(4, meter["cairn.save.stall"].Count);
        Assert.Equal(4, meter["cairn.save.duration"].Count);
        Assert.Equal([10, 9, 8, 7, 6, 5, 4], meter["cairn.metric loss"]);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], meter["cairn.run.step"]);
        Assert.Equal(7, meter["cairn.run.unsaved_steps"].Count);
        Assert.All(meter["cairn.run.unsaved_steps"], steps => Assert.InRange(steps, 0, 6));
        Assert.Empty(meter["cairn.run.time_left"]); // no job, no end
        Assert.Empty(meter["cairn.steps.lost"]);

        meter.Look();
        Assert.Equal(7, meter["cairn.run.step"].Count); // the gauges end with their run
    }

    [Fact]
    public void The_meter_tells_what_stops_a_run_and_what_was_lost_by_it()
    {
        using var folder = new TemporaryFolder();
        using var meter = new Measurements(folder.Path);
        using (var run = Open(folder, new() { Logger = new ListLogger(), Save = SaveSchedule.EverySteps(4), WhenStillSaving = WhenStillSaving.Wait }))
        {
            foreach (var step in run.Steps(20))
            {
                if (step == 10)
                    run.RequestStop("enough");
            }

            run.Finish();
        }

        Assert.Equal([1], meter["cairn.interruptions Requested"]);
        Directory.Delete(folder["step-0000000011"], recursive: true);
        using (var run = Open(folder, new() { Logger = new ListLogger() }))
            Assert.Equal(8, run.Restore());
        Assert.Equal([3], meter["cairn.steps.lost"]);
    }

    [Fact]
    public void The_table_of_the_docs_lists_the_instruments_as_they_are()
    {
        var instruments = new ConcurrentBag<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => instruments.Add($"{instrument.Meter.Name} {instrument.Name} {instrument.Unit}".Trim()) };
        using var folder = new TemporaryFolder();
        Train(folder, 1, new() { Logger = new ListLogger() });
        listener.Start();
        var table = File.ReadLines(Path.Combine(Repository(), "docs", "metrics.md")).Where(line => line.StartsWith("| `cairn.", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => $"Cairn {cells[1].Trim('`')} {cells[3]}".Trim());
        Assert.Equal(instruments.Where(name => name.StartsWith("Cairn ", StringComparison.Ordinal)).Order(StringComparer.Ordinal), table.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(SaveMode.Asynchronous)]
    [InlineData(SaveMode.Synchronous)]
    public async Task A_listener_that_throws_is_an_error_of_the_step_and_holds_nothing_up(SaveMode mode)
    {
        using var folder = new TemporaryFolder();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "cairn.save.stall")
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            if (folder.Path.Equals(tags[0].Value))
                throw new InvalidDataException();
        });
        listener.Start();
        var run = Open(folder, new() { Logger = new ListLogger(), SaveMode = mode, Save = SaveSchedule.Never });
        run.Restore();
        Assert.Throws<InvalidDataException>(() => run.Save(3));
        Assert.Equal(0, await Task.Run(() => run.Finish()).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        run.Dispose();
        Assert.Equal(3, Stores.At(folder.Path).List()[0].Step);
    }

    [Fact]
    public void Reported_values_stand_in_the_journal_and_decide_which_checkpoint_is_the_best()
    {
        using var folder = new TemporaryFolder();
        Train(folder, 8, new() { Logger = new ListLogger(), Save = SaveSchedule.EverySteps(1), WhenStillSaving = WhenStillSaving.Wait, Keep = Retention.KeepBest("loss", 1) }, step => step == 2 ? 0.1 : 1 + step);
        Assert.Equal(
            ["step-0000000003", "step-0000000007", "step-0000000008"],
            Directory.EnumerateDirectories(folder.Path, "step-*").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        var progress = AttemptStory.ReadAll(folder.Path).Single().Events.OfType<Progress>().Single(entry => entry.Step == 3);
        Assert.Equal(0.1, progress.Metrics!["loss"]);
    }

    private static void Train(TemporaryFolder folder, long steps, TrainingRunOptions options, Func<long, double>? loss = null, Action<long>? inStep = null)
    {
        using var run = Open(folder, options);
        foreach (var step in run.Steps(steps))
        {
            inStep?.Invoke(step);
            if (loss is not null)
                run.Report("loss", loss(step));
        }

        Assert.Equal(0, run.Finish());
    }

    private static TrainingRun Open(TemporaryFolder folder, TrainingRunOptions options)
    {
        var run = TrainingRun.Open(folder.Path, options);
        run.Track("model", TestPart.Model(1));
        return run;
    }

    [GeneratedRegex(@"LogEvents\.\w+,\s*""(?<template>[^""]*)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Template();

    [GeneratedRegex(@"\{\w+\}", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex TemplateValue();

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "docs", "metrics.md")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    /// <summary>What the meter tells of one folder: other tests of this process are measured, too.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentDictionary<string, ConcurrentQueue<double>> seen = new();
        private readonly string folder;

        public Measurements(string folder)
        {
            this.folder = folder;
            listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Cairn")
                    listener.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
            listener.Start();
        }

        public ConcurrentQueue<double> this[string name] => seen.TryGetValue(name, out var values) ? values : [];

        public void Look() => listener.RecordObservableInstruments();

        public void Dispose() => listener.Dispose();

        private void Add(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags[0].Key != "cairn.folder" || !folder.Equals(tags[0].Value))
                return;
            seen.GetOrAdd(tags.Length > 1 ? $"{name} {tags[1].Value}" : name, _ => []).Enqueue(value);
        }
    }
}
