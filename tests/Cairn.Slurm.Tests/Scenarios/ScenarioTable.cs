using static Cairn.Slurm.Tests.Scenarios.LaunchForm;
using static Cairn.Slurm.Tests.Scenarios.Scenario;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>
/// Every way in which a cluster stops a job, in every launch form. Forms are missing where they can't be (no signal reaches the
/// child of the batch shell or of a task, and only a step can be cancelled as one), and where they say nothing new: what an
/// operator, the requeue's permission or a finished run change does not depend on what the program hears, so there the forms are
/// a task, and where no signal is a part of it a child.
/// </summary>
/// <remarks>
/// All are played side by side, on the same nodes: a stop that disturbed another's job would be seen in that one's verdict.
/// </remarks>
internal static class ScenarioTable
{
    private const string Gone = "it runs one job, and is gone with it";

    private static readonly LaunchForm[] HearSignals = [Srun, Exec];
    private static readonly LaunchForm[] HearNothing = [Child, TaskChild];

    public static IReadOnlyList<Scenario> All { get; } = [.. Limits(), .. Preemptions(), .. Cancellations(), .. Operators(), .. Requeues(), .. Starts()];

    public static Scenario Named(string name) => All.Single(scenario => scenario.ToString() == name);

    private static IEnumerable<Scenario> Limits()
    {
        foreach (var form in HearSignals)
            yield return new("warned before the limit", form) { RunsOut = true, Warning = WarningFor(form), OnLinuxProc = true, Quick = form == Srun, Verdict = GoesOn("Warning", "Warning") };
        foreach (var form in HearNothing)
            yield return new("a warning that nobody hears", form) { RunsOut = true, Warning = "USR2", Verdict = GoesOn("Deadline", "Deadline") };
        foreach (var form in Enum.GetValues<LaunchForm>())
            yield return new("the limit without a warning", form) { RunsOut = true, OnLinuxProc = form == Child, Verdict = GoesOn("Deadline", "Deadline") };

        // The deadline stops nothing here, so that nothing but Slurm's TERM stops it: by then no job can be made requeuable any more.
        foreach (var form in HearSignals)
        {
            yield return new("the limit heard by TERM alone", form) { Trainer = Holds + " --no-deadline", RunsOut = true, Verdict = GoesOn("Terminate", "TimeLimit") };
            yield return new("the limit heard by TERM alone, submitted with --no-requeue", form)
            {
                Trainer = Holds + " --no-deadline",
                RunsOut = true,
                Requeue = false,
                Verdict = GoesOn("Terminate", "TimeLimit"),
            };
        }

        foreach (var form in Enum.GetValues<LaunchForm>())
            yield return new("the limit comes in a step that outlasts it", form) { Trainer = HoldsDeaf, RunsOut = true, Verdict = Forced("Deadline", "Deadline") };
        foreach (var form in (LaunchForm[])[Srun, Exec, Child])
        {
            yield return new("the limit passes a step that outlasts it, and the script is submitted again", form)
            {
                Trainer = HoldsToTheDeath,
                RunsOut = true,
                Moves = [new(Act.Resubmit) { AtTheEnd = true }],
                Verdict = ["from 0: killed", "from 10: finished", "TIMEOUT, then COMPLETED"],
            };
        }
    }

    private static IEnumerable<Scenario> Preemptions()
    {
        yield return new("preempted, and leaves within the grace", Srun)
        {
            Partition = "low",
            Moves = [new(Act.Preempt, Holding)],
            OnLinuxProc = true,
            Quick = true,
            Verdict = GoesOn("Terminate", "Preempted"),
        };
        yield return new("preempted, and submitted with --no-requeue", Srun) { Partition = "low", Requeue = false, Moves = [new(Act.Preempt, Holding)], Verdict = GoesOn("Terminate", "Preempted") };
        yield return new("preempted until the grace ends, and submitted with --no-requeue", Exec) { Trainer = HoldsToTheDeath, Partition = "low", Requeue = false, Moves = [new(Act.Preempt, Holding)], Verdict = BroughtBack };
        foreach (var form in (LaunchForm[])[Exec, Child, TaskChild])
            yield return new("preempted without a signal", form) { Partition = "low", Moves = [new(Act.Preempt, Holding)], Verdict = GoesOn("Slurm", "Preempted") };
        foreach (var form in Enum.GetValues<LaunchForm>())
            yield return new("preempted, and stays until the grace ends", form) { Trainer = HoldsToTheDeath, Partition = "low", Moves = [new(Act.Preempt, Holding)], Verdict = BroughtBack };
        yield return new("preempted in a step that outlasts the grace", Srun) { Trainer = HoldsDeaf, Partition = "low", Moves = [new(Act.Preempt, Holding)], Verdict = Forced("Terminate then Deadline", "Preempted") };
        foreach (var form in (LaunchForm[])[Exec, Child, TaskChild])
            yield return new("preempted in a step that outlasts the grace", form) { Trainer = HoldsDeaf, Partition = "low", Moves = [new(Act.Preempt, Holding)], Verdict = Forced("Slurm then Deadline", "Preempted") };
        foreach (var form in Enum.GetValues<LaunchForm>())
            yield return new("preempted without a grace", form) { Partition = "zero", Moves = [new(Act.Preempt, Holding)], Verdict = EndedBySlurm(form) };
        foreach (var form in HearSignals)
        {
            yield return new("preempted by the job's own signal", form)
            {
                Setup = Setup.UserSignal,
                Requeue = true,
                Partition = "low",
                Warning = WarningFor(form),
                Moves = [new(Act.Preempt, Holding)],
                Verdict = GoesOn("Warning", "Preempted"),
            };
        }

        foreach (var form in Enum.GetValues<LaunchForm>())
        {
            yield return new("preempted where that cancels", form)
            {
                Partition = "cancel",
                Moves = [new(Act.Preempt, Holding)],
                Verdict = [$"from 0: {(form == Srun ? "Terminate" : "Slurm")}; saved 16; PreemptedForGood, Leave; exit 143", "FAILED 143"],
            };
        }

        yield return new("preempted where that cancels, and told to come back", Srun)
        {
            Trainer = Holds + " --requeue-cancelled",
            Partition = "cancel",
            Moves = [new(Act.Preempt, Holding)],
            Verdict = GoesOn("Terminate", "PreemptedForGood"),
        };
    }

    private static IEnumerable<Scenario> Cancellations()
    {
        foreach (var form in HearSignals)
        {
            yield return new("cancelled", form) { Moves = [new(Act.Cancel, Holding)], OnLinuxProc = true, Quick = true, Verdict = Cancelled("Terminate") };
            yield return new("cancelled in the middle of the save that a signal began", form)
            {
                Trainer = Holds + " --save-seconds 4",
                Moves = [new(Act.Warn, Holding), new(Act.Cancel, "capture 2 begins")],
                Verdict = Cancelled("Warning then Terminate"),
            };
        }

        foreach (var form in HearNothing)
            yield return new("cancelled", form) { Moves = [new(Act.Cancel, Holding)], Verdict = ["from 0: killed", "CANCELLED"] };

        // A step is killed at once, without a TERM before; then srun ends, and the script with it.
        foreach (var form in (LaunchForm[])[Srun, TaskChild])
            yield return new("its step is cancelled", form) { Moves = [new(Act.CancelStep, Holding)], Verdict = ["from 0: killed", "FAILED 137"] };
    }

    private static IEnumerable<Scenario> Operators()
    {
        foreach (var form in Enum.GetValues<LaunchForm>())
        {
            yield return new("requeued by an operator", form) { Moves = [new(Act.Requeue, Holding)], OnLinuxProc = form == Srun, Verdict = EndedBySlurm(form) };
            yield return new("its node is set down", form) { Partition = "fragile", Moves = [new(Act.FailNode, Holding)], Verdict = EndedBySlurm(form) };
        }

        yield return new("its node is set down, and the old process lives on", Exec)
        {
            Partition = "frozen",
            Moves = [new(Act.FreezeNode, Holding), new(Act.LetGo, "attempt 2 of job"), new(Act.Wait, "exit code 78 ")],
            NotLocally = "its processes can't outlive their node",
            Verdict = ["from 0: superseded; exit 78", "from 10: finished", "COMPLETED, requeued once"],
        };
        foreach (var form in (LaunchForm[])[Srun, Child])
        {
            yield return new("suspended, and resumed", form)
            {
                // For as long as the whole limit: the old end has passed, and the step seems longer than what is left.
                RunsOut = true,
                Moves = [new(Act.Suspend, Holding), new(Act.Resume) { ShareOfLimit = 1.0 }, new(Act.LetGo)],
                Verdict = ["from 0: finished", "COMPLETED"],
            };
            yield return new("extended", form)
            {
                RunsOut = true,
                Moves = [new(Act.Extend, Holding), new(Act.LetGo) { ShareOfLimit = 1.1 }],
                Verdict = ["from 0: finished", "COMPLETED"],
            };
            yield return new("shortened", form) { Moves = [new(Act.Shorten, Holding)], Verdict = GoesOn("Deadline", "Deadline") };
        }
    }

    private static IEnumerable<Scenario> Requeues()
    {
        yield return new("submitted with --no-requeue", Srun) { Requeue = false, Moves = [new(Act.Warn, Holding)], Quick = true, Verdict = GoesOn("Warning", "Warning") };
        yield return new("submitted with --no-requeue, which may not be changed", Srun)
        {
            Trainer = Holds + " --no-switch",
            Requeue = false,
            Moves = [new(Act.Warn, Holding)],
            Says = "To do it by hand: submit the same script again, and it goes on",
            Verdict = ["from 0: Warning; saved 16; Warning, Requeue refused; exit 69", "FAILED 69"],
        };
        yield return new("on a cluster with JobRequeue=0", Srun) { Setup = Setup.UserSignal, Moves = [new(Act.Warn, Holding)], Verdict = GoesOn("Warning", "Warning") };
        yield return new("a step of two tasks is warned", Srun) { Tasks = 2, Moves = [new(Act.Warn, Holding, Times: 2)], Verdict = GoesOn("Warning", "Warning") };
        yield return new("a step of two tasks is cancelled", Srun) { Tasks = 2, Moves = [new(Act.Cancel, Holding, Times: 2)], Verdict = Cancelled("Terminate") };
        yield return new("a step of two tasks is requeued by an operator", Srun) { Tasks = 2, Moves = [new(Act.Requeue, Holding, Times: 2)], Verdict = HeardTooLate };
        yield return new("a step of two tasks comes to its limit", Srun) { Tasks = 2, RunsOut = true, Verdict = GoesOn("Deadline", "Deadline") };
        yield return new("an element of an array", Srun)
        {
            Trainer = Holds + " --folder checkpoints",
            ArrayTask = 2,
            Moves = [new(Act.Warn, Holding)],
            Verdict = GoesOn("Warning", "Warning"),
        };
        yield return new("three times without a checkpoint", Srun)
        {
            Trainer = "--hold 3 --deaf",
            RunsOut = true,
            Says = "attempts 1, 2 and 3 ended by limit, crash or hang without a new checkpoint",
            Verdict =
            [
                "from 0: Deadline; stopped at 3, saved 0; Deadline, Requeue",
                "from 0: Deadline; stopped at 3, saved 0; Deadline, Requeue",
                "from 0: Deadline; stopped at 3, saved 0; Deadline, Leave; exit 78",
                "FAILED 78, requeued 2 times",
            ],
        };
    }

    private static IEnumerable<Scenario> Starts()
    {
        yield return new("finished, and submitted again", Srun)
        {
            Trainer = string.Empty,
            Moves = [new(Act.Resubmit) { AtTheEnd = true }],
            Verdict = ["from 0: finished", "nothing to do: finished", "COMPLETED, then COMPLETED"],
        };
        yield return new("finished, and requeued once more", Srun)
        {
            Trainer = string.Empty,
            Moves = [new(Act.Requeue) { AtTheEnd = true }],
            NotLocally = Gone,
            Verdict = ["from 0: finished", "nothing to do: finished", "COMPLETED, then COMPLETED, requeued once"],
        };
    }

    private static string WarningFor(LaunchForm form) => form == Exec ? "B:USR2" : "USR2";

    // Saved right after the step that was held, requeued by the program, and gone on with there.
    private static string[] GoesOn(string interruptions, string cause) =>
        [$"from 0: {interruptions}; saved 16; {cause}, Requeue", "from 16: finished", "COMPLETED, requeued once"];

    // Ended by force in the middle of a step, with the newest checkpoint of the schedule, and requeued by the program.
    private static string[] Forced(string interruptions, string cause) =>
        [$"from 0: {interruptions}; stopped at 15, saved 10; {cause}, Requeue", "from 10: finished", "COMPLETED, requeued once"];

    // Killed without a word, requeued by Slurm, and gone on with at the newest checkpoint of the schedule.
    private static string[] BroughtBack => ["from 0: killed", "from 10: finished", "COMPLETED, requeued once"];

    // In the queue already, but the tasks hear a TERM, and KillWait is enough for a save.
    private static string[] HeardTooLate => ["from 0: Terminate; saved 16; Requeued, Leave", "from 16: finished", "COMPLETED, requeued once"];

    // What happens when Slurm itself puts a job back in the queue and ends its processes.
    private static string[] EndedBySlurm(LaunchForm form) => HearSignals.Contains(form) ? HeardTooLate : BroughtBack;

    private static string[] Cancelled(string interruptions) => [$"from 0: {interruptions}; saved 16; Cancelled, Leave; exit 143", "CANCELLED"];
}
