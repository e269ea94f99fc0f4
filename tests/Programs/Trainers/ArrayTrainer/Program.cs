// "Trains" an array of numbers with the library alone: ArrayTrainer FOLDER STEPS [MODE [STEP]] with
//   --delay MS a step, --save-every N, --strict, --first-only: RankMode.FirstOnly, --size BYTES of weights, --last-work MS, --signal NAME of the warning,
//   --long-last-work until a line comes,
//   --then FOLDER: when that run is over, another one,
//   --linger until a line comes when the run is disposed of, --saturate the thread pool, --max-attempts N, --save-mode MODE, --when-saving WHAT, --condition TEXT,
//   --signal-in-save NAME: this process gets it while the state of step --at is taken for a save,
//   --start-from SOURCE: the weights of another run,
//   --margin SECONDS before the deadline,
//   --report the number of each step,
//   --log WHAT: "throws", or "cancelled": when it tells of the requeue, this process gets the TERM of an scancel.
// Prints a line for each event, so that a test can act at the right moment. The final line is the weights' checksum.
using Cairn;

namespace ArrayTrainer;

internal static class Program
{
    public static int Run(string[] args)
    {
        string Option(string name, string otherwise) => Array.IndexOf(args, name) is var at and >= 0 ? args[at + 1] : otherwise;
        var (folder, steps) = (args[0], long.Parse(args[1]));
        var mode = Option("--mode", "plain");
        var at = long.Parse(Option("--at", "-1"));
        var delay = int.Parse(Option("--delay", "0"));
        var lastWork = int.Parse(Option("--last-work", "0"));

        using var run = TrainingRun.Open(folder, new()
        {
            Save = SaveSchedule.EverySteps(long.Parse(Option("--save-every", "10"))),
            SaveMode = Enum.Parse<SaveMode>(Option("--save-mode", "Asynchronous")),
            WhenStillSaving = Enum.Parse<WhenStillSaving>(Option("--when-saving", "Wait")), // a tiny step does not outlast a save, and tests count saves
            Strict = args.Contains("--strict"),
            Ranks = args.Contains("--first-only") ? RankMode.FirstOnly : RankMode.Auto,
            WarningSignals = [Option("--signal", "USR2")],
            Logger = Option("--log", "") switch { "throws" => new ThrowingLogger(), "cancelled" => new CancellingLogger(folder), _ => null },
            StartFrom = Option("--start-from", "") is { Length: > 0 } source ? new StartFrom(source, "weights") : null,
            Margin = Option("--margin", "") is { Length: > 0 } margin ? TimeSpan.FromSeconds(int.Parse(margin)) : null,
            MaxAttempts = Option("--max-attempts", "") is { Length: > 0 } most ? int.Parse(most) : null,
        });
        if (args.Contains("--saturate"))
        {
            // Every thread of the pool waits for ever, and more work than it will ever get threads for stands in the queue.
            for (var i = 0; i < 1000; i++)
                ThreadPool.UnsafeQueueUserWorkItem(_ => Thread.Sleep(Timeout.Infinite), null);
        }

        Console.WriteLine("open");
        var weights = new Weights(int.Parse(Option("--size", "1024")), Option("--condition", "same"));
        run.Track("weights", weights);
        if (Option("--signal-in-save", "") is { Length: > 0 } signal)
            weights.WhenTaken = step => SignalInSave.Send(run, signal, step == at);
        if (mode == "wait-before-first-step")
            Console.ReadLine();

        if (Option("--start-from", "").Length > 0)
            Console.WriteLine($"begins at {run.Restore()} with {weights.Checksum}");

        if (mode == "own-loop")
        {
            for (var done = run.Restore(); done < steps;)
            {
                weights.Train();
                done++;
                Console.WriteLine($"step {done - 1}");
                Thread.Sleep(delay); // what a step takes
                if (!run.Boundary(done, last: done == steps))
                    break;
            }

            return Finish();
        }

        foreach (var step in run.Steps(steps))
        {
            Console.WriteLine($"step {step}");
            if (mode == "throw" && step == at)
                throw new InvalidOperationException("the step failed");
            if (mode == "break" && step == at)
                break;
            if (mode == "hang" && step == at)
                Thread.Sleep(Timeout.Infinite); // until something ends it
            run.BeforeOptimizerStep();
            weights.Train();
            if (args.Contains("--report"))
                run.Report("step", step);
            Thread.Sleep(delay); // what a step takes
            if (mode == "poll")
            {
                while (!run.StopRequested)
                    Thread.Sleep(10); // as a program does that asks now and then, in a step of its own
            }

            if (mode == "complete" && step == at)
            {
                run.Complete();
                break;
            }
        }

        if (mode == "no-finish")
            return 0;
        var outcome = Finish();
        if (Option("--then", "") is not { Length: > 0 } next)
            return outcome;

        // As a sweep that does not look at how the run before ended.
        run.Dispose();
        using var second = TrainingRun.Open(next);
        var seconds = 0L;
        second.Track("seconds", () => seconds, value => seconds = value);
        foreach (var step in second.Steps(steps))
            Console.WriteLine($"second step {step}");
        return second.Finish();

        RunOutcome Finish()
        {
            Console.WriteLine("finish");
            var ended = run.Finish(() =>
            {
                Console.WriteLine("last work");
                if (args.Contains("--long-last-work"))
                    Console.ReadLine();
                Thread.Sleep(lastWork); // what it takes
                Console.WriteLine($"weights {weights.Checksum} after {run.StepsDone} steps");
            });
            if (args.Contains("--linger"))
            {
                run.Dispose();
                Console.WriteLine("lingering");
                Console.ReadLine();
            }

            return ended;
        }
    }
}
