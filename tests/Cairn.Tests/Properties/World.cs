using System.Globalization;
using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Posix;

namespace Cairn.Tests.Properties;

/// <summary>
/// Plays a program over a folder of its own, and holds every run to what is promised. What may be resumed is said here by a plain rule
/// over what lies on the disk, and by what each attempt is known to have begun with.
/// </summary>
internal sealed class World : IDisposable
{
    private static readonly string Memory = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(); // nobody's disk is meant
    private readonly string root = Directory.CreateDirectory(Path.Combine(Memory, $"cairn-program-{Guid.NewGuid():N}")).FullName;
    private readonly string folder;
    private readonly string away;
    private readonly string donor;
    private readonly bool keepsBest;
    private readonly Disk disk;
    private readonly List<Life> lives = [];
    private readonly List<(long Step, double Value)> reported = [];
    private IReadOnlyList<Disk.Checkpoint> seen = [];
    private bool handsLaidOn; // which checkpoints there are is not the runs' doing alone
    private bool journalGone; // which attempt began where is not known to all any more
    private bool bestIsKnown;
    private volatile string line = string.Empty;

    public World(RandomProgram program)
    {
        Directory.CreateDirectory(folder = Path.Combine(root, "checkpoints"));
        Directory.CreateDirectory(away = Path.Combine(root, "away"));
        donor = Path.Combine(root, "donor");
        disk = new Disk(folder);
        bestIsKnown = keepsBest = program.KeepsBest;
        Program = program;
    }

    private RandomProgram Program { get; }

    private Life? Newest => lives.Count > 0 && !lives[^1].IsOver ? lives[^1] : null;

    /// <summary>Plays a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="limit">How long it may take: it takes a fraction of a second.</param>
    /// <returns>What was wrong, and where; null when nothing was.</returns>
    public static string? WhatIsWrong(RandomProgram program, TimeSpan limit)
    {
        var world = new World(program);
        string? wrong = null;
        var player = new Thread(() => wrong = world.Play()) { IsBackground = true, Name = "a random program" };
        player.Start();
        if (!player.Join(limit))
            return $"it hangs since {limit.TotalSeconds:0} s in {world.line}";
        world.Dispose();
        return wrong;
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string? Play()
    {
        try
        {
            foreach (var (number, operation) in Program.Lines.Index())
            {
                line = $"line {number + 1} ({operation})";
                Do(operation);
            }

            line = "the end";
            foreach (var life in lives)
                life.Dispose();
            return null;
        }
        catch (BrokenPromise broken)
        {
            return Problem(broken.Message);
        }
        catch (Exception error)
        {
            return Problem($"an exception that nothing asked for: {error}");
        }
    }

    private string Problem(string what) =>
        $"{line}: {what}\n  on the disk: {string.Join(", ", seen.Select(one => $"{one.Step} by attempt {one.Attempt}{(one.State is null ? " (damaged)" : string.Empty)}{(one.Metric is { } value ? $" with {value}" : string.Empty)}"))}"
        + string.Concat(lives.Select(life => $"\n  attempt {life.Number} resumed at {life.ResumedAt}: {string.Join("\n    ", life.Log.Messages)}"));

    private void Do(Operation operation)
    {
        switch (operation)
        {
            case Operation.Start start:
                Start(start);
                break;
            case Operation.OlderGoesOn(var which, var count):
                var older = lives.SkipLast(1).Where(life => !life.IsOver).ToList();
                if (older.Count > 0)
                    Play(older[which % older.Count], life => life.Take(count));
                break;
            case Operation.MoveAway or Operation.MoveBack or Operation.CopyIn or Operation.FlipBit or Operation.Truncate or Operation.RemoveJournal:
                ByHand(operation);
                break;
            default:
                if (Newest is { } newest)
                    Play(newest, life => Do(life, operation));
                break;
        }
    }

    private static void Do(Life life, Operation operation)
    {
        switch (operation)
        {
            case Operation.Steps(var count):
                life.Take(count);
                break;
            case Operation.Report(var value):
                life.Report(value);
                break;
            case Operation.AskForSave:
                if (!life.OwnLoop)
                    life.Run.SaveAtBoundary();
                break;
            case Operation.Stop:
                Seams.AskToStop(life.Run);
                break;
            case Operation.SaveInSteps(var ahead):
                life.SaveInSteps(ahead);
                break;
            case Operation.Kill:
                life.Kill();
                break;
            case Operation.Break:
                if (!life.OwnLoop)
                    life.Break();
                break;
            case Operation.Complete:
                life.Complete();
                break;
            case Operation.LeaveWithoutFinish:
                life.LeaveWithoutFinish();
                break;
            case Operation.ToTheEnd:
                life.ToTheEnd();
                break;
            case Operation.FinishNow:
                life.FinishNow();
                break;
            case Operation.Save(var waits, var fails):
                if (life is not { OwnLoop: true, State.Step: > 0 })
                    break;
                if (fails)
                    life.Arm(new Operation.FailNextSave(1));
                life.SaveNow(waits);
                break;
            case Operation.SaveAgain:
                if (life is { OwnLoop: true, State.Step: > 0 })
                    life.SaveNow(waits: true);
                break;
            case Operation.SaveAnotherState:
                if (life is { OwnLoop: true, State.Step: > 0 })
                    life.SaveAnotherState();
                break;
            default:
                life.Arm(operation);
                break;
        }
    }

    /// <summary>Lets an attempt do something, and looks at what came of it.</summary>
    private void Play(Life life, Action<Life> act)
    {
        life.FailedNow = false;
        act(life);
        Settle();
        bestIsKnown &= !life.WasDisturbed && !life.Crashed && !life.HasToldOfLoss;
        LookAfter(life);
        if (life.ExitCode is { } code)
            LookAtEnd(life, code);
    }

    private void Start(Operation.Start how)
    {
        Settle();
        foreach (var older in lives.Where(one => !one.Superseded))
        {
            older.Superseded = true;
            bestIsKnown &= !older.WasDisturbed && !older.IsStalled;
            Seams.LetSeemDead(folder, older.Number);
        }

        seen = disk.Look();
        var life = Life.Open(folder, how, keepsBest);
        lives.Add(life);
        string? refused = null;
        try
        {
            life.Begin();
        }
        catch (Exception error) when (error is CairnException and not FolderInUseException)
        {
            refused = error.Message;
        }

        Settle();
        LookAtStart(life, how, refused);
        LookAfter(life);
    }

    // Nothing is on its way any more but what waits for somebody: for its gate, or in its stall.
    private void Settle()
    {
        foreach (var life in lives)
            SpinWait.SpinUntil(() => life.IsQuiet);
    }

    private void LookAtStart(Life life, Operation.Start how, string? refused)
    {
        var good = seen.Where(one => one.State is not null).ToList();
        var acceptable = good.Where(IsAcceptable).ToList();
        var finished = lives.SkipLast(1).LastOrDefault(one => one.Finished is not null);
        if (refused is not null)
        {
            // A run that has finished is looked at in the state in which it finished, or not at all.
            if (finished is not null && good.TrueForAll(one => one.Step != finished.Run.StepsDone))
                return;
            Demand(acceptable.Count == 0 && seen.Count > 0, () => $"attempt {life.Number} refuses to start, although there is something to resume from: {refused}");
            foreach (var one in good)
                Demand(refused.Contains(CheckpointNames.ForStep(one.Step), StringComparison.Ordinal), () => $"the refusal does not name checkpoint {one.Step}: {refused}");
            return;
        }

        // A finish counts for its own line of training: not when its checkpoint is gone, and the run has gone on from before it.
        // Whose restore does not know how many steps are planned goes by what has been done since.
        var isFinished = finished is not null && (how.OwnLoop || finished.Finished >= how.Planned)
            && !((how.OwnLoop || how.RestoresFirst) && seen.Any(one => one.Step > finished.Run.StepsDone));
        if (!journalGone && !handsLaidOn)
            Demand(life.Run.AlreadyFinished == isFinished, () => $"attempt {life.Number} takes the run for {(life.Run.AlreadyFinished ? "finished" : "unfinished")}, which is wrong");
        var step = life.ResumedAt;
        if (life.Run.AlreadyFinished && acceptable.TrueForAll(one => one.Step != step))
            return;
        if (life.State.Problem(step) is { } wrong)
            throw new BrokenPromise($"attempt {life.Number} resumes at step {step}, but the state is another: {wrong}");
        Demand(step > 0 || good.Count == 0, () => $"attempt {life.Number} starts from 0 beside good checkpoints");
        Demand(step == 0 || good.Any(one => one.Step == step && one.State!.Variant == life.State.Variant), () => $"attempt {life.Number} resumes at step {step}, of which there is no good checkpoint with that state");
        foreach (var newer in good.Where(one => one.Step > step))
        {
            Demand(!IsAcceptable(newer) || journalGone || life.Run.AlreadyFinished, () => $"attempt {life.Number} resumes at step {step}, older than checkpoint {newer.Step}, which is as good");
            var names = new[] { CheckpointNames.ForStep(newer.Step), $"checkpoint {newer.Step} " };
            Demand(
                life.Run.AlreadyFinished || life.Log.Messages.Any(message => names.Any(name => message.Contains(name, StringComparison.Ordinal))),
                () => $"attempt {life.Number} resumes at step {step} and does not say a word of checkpoint {newer.Step}");
        }

        if (!journalGone && step > 0)
            Demand(good.Any(one => one.Step == step && IsAcceptable(one)) || acceptable.Count == 0, () => $"attempt {life.Number} resumes at step {step}, which a later attempt has left behind");
        reported.RemoveAll(report => report.Step > step);
    }

    /// <summary>Whether a checkpoint belongs to the run: no later attempt, which went on from before it, has one on the disk.</summary>
    private bool IsAcceptable(Disk.Checkpoint checkpoint) =>
        !seen.Any(other => other.Attempt > checkpoint.Attempt
            && lives.Find(life => life.Number == other.Attempt) is { } later && later.ResumedAt < checkpoint.Step);

    /// <summary>What changed on the disk through an attempt.</summary>
    private void LookAfter(Life life)
    {
        var (before, now) = (seen, disk.Look());
        seen = now;
        foreach (var gone in before.Where(one => one.State is not null && now.All(other => other.Identity != one.Identity)))
        {
            Demand(gone.Attempt <= life.Number || journalGone, () => $"attempt {life.Number} took away checkpoint {gone.Step} of the later attempt {gone.Attempt}");
            Demand(!life.Superseded || life.Stalled, () => $"attempt {life.Number} took away checkpoint {gone.Step} although a later one has the folder");
        }

        var good = now.Where(one => one.State is not null).ToList();
        if (before.Count(one => one.State is not null) >= 2)
            Demand(good.Count >= 2, () => "fewer than two good checkpoints are left");
        foreach (var made in now.Where(one => before.All(other => other.Identity != one.Identity)))
        {
            if (made.State is not { } state)
                throw new BrokenPromise($"checkpoint {made.Step} was made, and is damaged");
            Demand(!life.Superseded || life.Stalled, () => $"attempt {life.Number} made checkpoint {made.Step} although a later one has the folder");
            if (state.Problem(made.Step) is { } wrong)
                throw new BrokenPromise($"checkpoint {made.Step} does not hold the state of its step: {wrong}");
            if (lives.FindLast(one => one.Number == made.Attempt) is not { } maker)
                throw new BrokenPromise($"checkpoint {made.Step} is by attempt {made.Attempt}, which never was");
            Demand(maker.States.Contains((made.Step, state.Variant)), () => $"checkpoint {made.Step} holds a state in which attempt {made.Attempt} never was");
            Demand(
                Nullable.Equals(made.Metric, maker.Reports.TryGetValue(made.Step, out var value) ? value : null),
                () => $"checkpoint {made.Step} carries {made.Metric?.ToString(CultureInfo.InvariantCulture) ?? "no metric"}, reported was {(maker.Reports.TryGetValue(made.Step, out var own) ? own.ToString(CultureInfo.InvariantCulture) : "none")}");
        }

        if (life.SaidToBeDurable(life.State.Step) is { } variant && !life.Superseded && !handsLaidOn && !life.Stalled)
            Demand(good.Any(one => one.Step == life.State.Step && one.State!.Variant == variant), () => $"Save({life.State.Step}) said that the state is durable, but on the disk is another");
        if (life == lives[^1])
            LookAtBest(life, good);
    }

    private void LookAtBest(Life life, List<Disk.Checkpoint> good)
    {
        // Of a loop of one's own nobody knows which step a report belongs to before it saves.
        bestIsKnown &= !handsLaidOn && !life.OwnLoop;
        if (!bestIsKnown)
            return;
        reported.RemoveAll(report => report.Step > life.ResumedAt);
        reported.AddRange(life.Reports.Where(report => report.Key <= life.State.Step).Select(report => (report.Key, report.Value)));
        var durable = good.Select(one => one.Step).FirstOrDefault();
        var candidates = reported.Where(report => report.Step <= durable).ToList();
        if (candidates.Count == 0)
            return;
        var best = candidates.Min(report => report.Value);
        Demand(
            candidates.Any(report => report.Value == best && good.Any(one => one.Step == report.Step && one.Metric == best)),
            () => $"the best that was reported is {best} at step {string.Join(", ", candidates.Where(report => report.Value == best).Select(report => report.Step))}, and no such checkpoint is there");
    }

    private void LookAtEnd(Life life, int code)
    {
        int[] expected = life.Superseded ? [ExitCodes.NeverRequeue, ExitCodes.Terminated, ExitCodes.Incomplete, ExitCodes.Success]
            : [ExitCodes.Success, ExitCodes.Terminated, ExitCodes.Incomplete];
        Demand(expected.Contains(code), () => $"attempt {life.Number} ended with {code}");
        if (life.Superseded || life.FailedNow || life.LeftByBreak || code == ExitCodes.Incomplete || life.Run.StepsDone == 0 || life.Run.AlreadyFinished)
            return;
        Demand(seen.Any(one => one.Step == life.Run.StepsDone && one.State is not null), () => $"attempt {life.Number} ended with {code} after step {life.Run.StepsDone}, which is not on the disk");
    }

    private void ByHand(Operation operation)
    {
        Settle();
        foreach (var life in lives)
            life.Kill();
        var checkpoints = Directory.GetDirectories(folder, "step-*").OrderDescending(StringComparer.Ordinal).ToList();
        switch (operation)
        {
            case Operation.MoveAway(var which):
                foreach (var path in which < 0 ? checkpoints : checkpoints.Skip(which).Take(1))
                    MoveUnlessThere(path, away);
                break;
            case Operation.MoveBack:
                foreach (var path in Directory.GetDirectories(away))
                    MoveUnlessThere(path, folder);
                break;
            case Operation.CopyIn(var which):
                CopyIn(Donor.Steps[which]);
                break;
            case Operation.FlipBit(var which) when which < checkpoints.Count:
                Checkpoints.Damage.FlipBit(Path.Combine(checkpoints[which], "model.safetensors"), 20_000);
                break;
            case Operation.Truncate(var which) when which < checkpoints.Count:
                Checkpoints.Damage.Truncate(Path.Combine(checkpoints[which], "model.safetensors"), 20_000);
                break;
            case Operation.RemoveJournal(var which):
                if (AttemptStory.ReadAll(folder).Reverse().ElementAtOrDefault(which) is { } journal)
                {
                    File.Delete(journal.Path);
                    journalGone = true;
                }

                break;
        }

        handsLaidOn = true;
        disk.Forget();
        seen = disk.Look();
    }

    private void CopyIn(int step)
    {
        if (!Directory.Exists(donor))
            Donor.Make(donor);
        var target = Path.Combine(folder, CheckpointNames.ForStep(step));
        if (Directory.Exists(target))
            return;
        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(Path.Combine(donor, CheckpointNames.ForStep(step))))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        journalGone = true; // its attempt's number is one of another folder
    }

    private static void MoveUnlessThere(string path, string to)
    {
        var target = Path.Combine(to, Path.GetFileName(path));
        if (!Directory.Exists(target))
            PosixDirectory.Rename(path, target);
    }

    private static void Demand(bool holds, Func<string> otherwise)
    {
        if (!holds)
            throw new BrokenPromise(otherwise());
    }
}
