// What the tests of several ranks train: in every step each rank computes its share of the samples, and all wait for all, by memory that they share.
//   RankTrainer [--folder FOLDER] [--out FILE] [--steps N] [--step-ms T] [--jitter-ms T] [--save-every N] [--complete-at STEP] [--patience S] [--required] [--alone]
//               [--pad-mib M] [--synchronous] [--wait-for-saves] [--own-loop] [--slow-save S] [--slow-restore S] [--slow-end S] [--say STEP]
//               [--twice] [--own-states] [--counts] [--keep-best] [--fast-time FACTOR]
//               [--one-writer] [--clock-off S] [--start-from SOURCE [--start-parts NAMES]]
//               [--check-replicas] [--drift-at STEP] [--leave-at STEP] [--throw-at STEP] [--slow-start S] [--start-when FILE] [--slow-own S] [--report-at STEP]
//               [--sleep-at STEP --sleep S] [--in-lumps N] [--exit-at STEP] [--no-finish] [--fewer N] [--rank R] [--limit S]
// --own-loop counts the steps itself, with a save by hand every 50. The options of the last three lines are meant for rank R alone, if that is given, but --limit.
// --exit-at leaves the process in the middle of a step, --no-finish the program without Finish, and --fewer trains so many steps less.
// With --in-lumps the ranks wait for each other in every Nth step alone, and what N steps take one of them takes in one.
// --twice opens the folder for a run of one step before that. With --own-states each rank has a generator and what it has drawn; with --counts the steps that it has done, which another number of ranks shares out.
// Prints "rank R is process P" at once, "rank R: step S" when it is at step S with --say S (and in the first attempt takes its time from then on, so that
// who reads it can act before the end), "rank R: saves" and "rank R: restores" when a slow one begins,
// and at the end "rank R of N: KIND at step S".
// Exit code 3: another rank did not come within the limit (20 s), so ranks stopped at different steps. The weights do not depend on the number of ranks.
using System.Runtime.InteropServices;
using Cairn;

namespace RankTrainer;

internal static class Program
{
    public static int Run(string[] args)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 ? args[at + 1] : null;
        long Number(string name, long otherwise) => Option(name) is { } text ? long.Parse(text) : otherwise;
        TimeSpan Seconds(string name) => TimeSpan.FromSeconds(Number(name, 0));

        var rank = int.Parse(Environment.GetEnvironmentVariable("SLURM_PROCID") ?? "0");
        bool IsMeant() => Option("--rank") is not { } one || int.Parse(one) == rank;
        Console.WriteLine($"rank {rank} is process {Environment.ProcessId}");
        if (IsMeant())
        {
            Thread.Sleep(Seconds("--slow-start"));
            while (Option("--start-when") is { } file && !File.Exists(file))
                Thread.Sleep(5);
        }

        TrainingRunOptions Options() => new()
        {
            Save = SaveSchedule.EverySteps((int)Number("--save-every", 1_000_000)),
            Ranks = args.Contains("--required") ? RankMode.Required : args.Contains("--alone") ? RankMode.FirstOnly : RankMode.Auto,
            WhenStillSaving = args.Contains("--wait-for-saves") ? WhenStillSaving.Wait : WhenStillSaving.Skip,
            CheckReplicas = args.Contains("--check-replicas") ? 1 : null,
            Keep = args.Contains("--keep-best") ? Retention.KeepBest("loss", 1) : Retention.KeepLast(3),
            SaveMode = args.Contains("--synchronous") ? SaveMode.Synchronous : SaveMode.Asynchronous,
            Time = Option("--fast-time") is { } factor ? new Cairn.Tests.Runs.FastTime(int.Parse(factor))
                : Option("--clock-off") is { } off && IsMeant() ? new OtherClock(TimeSpan.FromSeconds(int.Parse(off))) : TimeProvider.System,
            RankPatience = TimeSpan.FromSeconds(Number("--patience", 180)),
            OneWriterPerFile = args.Contains("--one-writer") && IsMeant(),
            StartFrom = Option("--start-from") is { } source && IsMeant() ? new(source, Option("--start-parts") is { } parts && IsMeant() ? parts.Split(',') : []) : null,
        };
        var weights = new double[256];
        if (args.Contains("--twice"))
        {
            using (var before = TrainingRun.Open(Option("--folder"), Options()))
            {
                before.Track("weights", weights);
                foreach (var step in before.Steps(1))
                    weights[0] = step;
                Console.WriteLine($"rank {rank} before: {before.Finish().Kind}");
            }

            if (rank == 0)
                Thread.Sleep(1000); // the others open the folder again before it does
        }

        using var run = TrainingRun.Open(Option("--folder"), Options());
        run.Track("weights", weights);
        var pad = new float[Number("--pad-mib", 0) << 18];
        if (pad.Length > 0)
            run.Track("pad", pad);
        if (args.Contains("--slow-save") || args.Contains("--slow-restore"))
            run.Track("storage", new SlowStorage(run.Rank, Seconds("--slow-save"), Seconds("--slow-restore")));
        var (noise, drawn, count) = (new Random(run.Rank + 1), new double[4], 0L);
        if (args.Contains("--own-states"))
        {
            run.TrackPerRank("noise", noise);
            run.TrackPerRank("drawn", drawn);
        }

        if (args.Contains("--counts"))
            run.TrackPerRank("count", () => count, value => count = value, saved => (saved.Sum() + run.WorldSize - 1 - run.Rank) / run.WorldSize);
        if (args.Contains("--slow-own"))
            run.TrackPerRank("own", new SlowStorage(run.Rank, IsMeant() ? Seconds("--slow-own") : TimeSpan.Zero, TimeSpan.Zero));
        using var exchange = new Exchange(run.Rank, run.WorldSize, TimeSpan.FromSeconds(Number("--limit", 20)));
        var (jitter, steps) = (new Random(run.Rank), Number("--steps", 1000) - (IsMeant() ? Number("--fewer", 0) : 0));

        var takesItsTime = false;

        // Whether the loop is to be left.
        bool Train(long step)
        {
            if (step == Number("--say", -1))
                Console.WriteLine($"rank {run.Rank}: step {step}");
            takesItsTime |= step == Number("--say", -1) && Environment.GetEnvironmentVariable("SLURM_RESTART_COUNT") is null or "0";
            if (takesItsTime && !run.StopRequested)
                Thread.Sleep(300);
            if (step == Number("--leave-at", -1) && IsMeant())
                return true;
            if (step == Number("--exit-at", -1) && IsMeant())
#pragma warning disable RS0030 // what a library must not do a user's program does
                Environment.Exit(0);
#pragma warning restore RS0030
            if (step == Number("--throw-at", -1) && IsMeant())
                throw new InvalidOperationException("thrown on purpose");
            var (ms, lump) = (Number("--step-ms", 2) + jitter.Next((int)Number("--jitter-ms", 0) + 1), Number("--in-lumps", 1));
            Thread.Sleep((int)(lump == 1 || !IsMeant() ? ms : step % lump == 1 ? ms * lump : 0));
            double Sample(int sample) => Math.Sin(weights[sample] + (step * 0.01) + sample);
            var sum = step % lump == 0 ? exchange.Sum(step / lump, Sample) : Exchange.SumAlone(Sample);
            if (step == Number("--sleep-at", -1) && IsMeant())
                Thread.Sleep(Seconds("--sleep"));
            for (var i = 0; i < weights.Length; i++)
                weights[i] = (weights[i] * 0.99) + (sum * Math.Cos(i));
            for (var i = (int)(step % 1024); i < pad.Length; i += 1024)
                pad[i] = (float)sum;
            if (step == Number("--drift-at", -1) && IsMeant())
                weights[3] += 1;
            drawn[step % drawn.Length] += noise.NextDouble();
            count++;
            if (step == Number("--report-at", -1) && IsMeant())
                run.Report("loss", 1);
            if (step == Number("--complete-at", -1))
                run.Complete();
            return false;
        }

        if (args.Contains("--own-loop"))
        {
            for (var step = run.Restore(); step < steps;)
            {
                if (Train(step++))
                    break;
                if (!run.Boundary(step, last: step == steps))
                    break;
                if (step % 50 == 0)
                    run.Save(step);
            }
        }
        else
        {
            foreach (var step in run.Steps(steps))
            {
                if (Train(step))
                    break;
            }
        }

        if (args.Contains("--own-states") || args.Contains("--counts"))
            Console.WriteLine($"rank {run.Rank} has done {count} steps and drawn {Convert.ToHexString(MemoryMarshal.AsBytes(drawn.AsSpan()))}");
        if (args.Contains("--no-finish") && IsMeant())
            return 0;
        var outcome = run.Finish(() =>
        {
            Console.WriteLine("last work");
            Thread.Sleep(Seconds("--slow-end"));
            File.WriteAllBytes(Option("--out") ?? "final.bin", MemoryMarshal.AsBytes(weights.AsSpan()).ToArray());
        });
        Console.WriteLine($"rank {run.Rank} of {run.WorldSize}: {outcome.Kind} at step {run.StepsDone}");
        return outcome;
    }
}
