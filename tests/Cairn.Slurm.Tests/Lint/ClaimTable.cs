namespace Cairn.Slurm.Tests.Lint;

/// <summary>
/// The claims of docs/lint.md. The programs lie in tests/Programs/LintClaims; train.py tells of every signal that it hears, and
/// saves when it is warned.
/// </summary>
internal static class ClaimTable
{
    private const string Plain = "#!/bin/bash\n#SBATCH --time=10\n";
    private const string Back = Plain + "#SBATCH --requeue --open-mode=append\n";
    private const string ToTasks = Back + "#SBATCH --signal=USR2@120\n";
    private const string ToShell = Back + "#SBATCH --signal=B:USR2@120\n";
    private const string Wrapped = "cairn run --checkpoint-dir ckpt --";
    private const string Train = "python train.py --checkpoint-dir ckpt";

    private const string Heard = "heard USR2";
    private const string Saved = "the state is on disk";
    private const string Complete = "training complete";
    private const string DiedOfIt = "User defined signal 2";
    private const string FromZero = "begins at step 0";
    private const string GoesOn = "goes on from step";
    private const string Disabled = "Requested operation is presently disabled";

    private const string AsksByCode =
        """
        srun python train.py --ask-after 5
        code=$?
        if [[ $code -eq 75 ]]; then scontrol requeue $SLURM_JOB_ID; fi
        exit $code
        """;

    public static IReadOnlyList<Claim> All { get; } =
    [
        .. Refusals(), .. Directives(), .. Joined(), .. Values(), .. Logs(), .. MoreLogs(), .. WhoHears(), .. Traps(), .. InBetween(), .. SentByTraps(), .. SecondAttempts(), .. Times(), .. Requeues(), .. RequeuesByThemselves(), .. Arrays(), .. Ranks(), .. Cluster(), .. Wrappers(),
    ];

    private static IEnumerable<Claim> Refusals() =>
    [
        new("CAIRN001", "an unknown option", Refused(Plain + "#SBATCH --cpu-per-task=4\nhostname\n", "CAIRN001", "unrecognized option")),
        new("CAIRN001", "a missing value", Refused(Plain + "#SBATCH --job-name\nhostname\n", "CAIRN001", "requires an argument")),
        new("CAIRN001", "a word that is no option", Refused(Plain + "#SBATCH --job-name=my job\nhostname\n", "CAIRN001", "Invalid directive found in batch script: job")),
        new("CAIRN001", "an open quote", Refused(Plain + "#SBATCH --job-name=\"my job\nhostname\n", "CAIRN001", "Unmatched `\"`")),
        new("CAIRN001", "an empty file", Refused("\n\n", "CAIRN001", "")),
        new("CAIRN001", "no #! line",
            Refused("#SBATCH --time=10 --job-name=run7\nhostname\n", "CAIRN001", "does not look like a batch script"),
            Fixed(Deed.Hold) with { Shows = ["JobName=run7"] }),
        new("CAIRN001", "a byte order mark",
            Refused("\uFEFF#!/bin/bash\n#SBATCH --time=10 --job-name=run7\nhostname\n", "CAIRN001", "does not look like a batch script"),
            Fixed(Deed.Hold) with { Shows = ["JobName=run7"] }),
        new("CAIRN014", "a plugin's option, and no plugin", Refused(Plain + "#SBATCH --image=docker:x\nhostname\n", "CAIRN014", "unrecognized option")),
        new("CAIRN002", "DOS line breaks",
            Refused("#!/bin/bash\r\n#SBATCH --time=10 --job-name=run7\r\nhostname\r\n", "CAIRN002", "Batch script contains DOS line breaks"),
            Fixed(Deed.Hold) with { Shows = ["JobName=run7"] }),
        new("CAIRN010", "a partition that was not filled in", Refused(Plain + "#SBATCH --partition=<PARTITION>\nhostname\n", "CAIRN010", "invalid partition specified: <PARTITION>")),
        new("CAIRN061", "there is no such partition",
            Refused(Plain + "#SBATCH --partition=shrot\nhostname\n", "CAIRN061", "Invalid partition name specified"),
            new(Plain + "#SBATCH --partition=short\nhostname\n", Deed.Hold) { Shows = ["Partition=short"] }),
    ];

    private static IEnumerable<Claim> Directives() =>
    [
        new("CAIRN003", "below the first command sbatch does not read",
            new("#!/bin/bash\nset -e\n#SBATCH --time=10 --job-name=run7\nhostname\n", Deed.Hold, "CAIRN003") { Shows = ["TimeLimit=UNLIMITED", "JobName=job.sh"] },
            Fixed(Deed.Hold) with { Shows = ["TimeLimit=00:10:00", "JobName=run7"] }),
        new("CAIRN004", "what only looks like a directive",
            new(Plain + "# SBATCH --job-name=run7\n #SBATCH --comment=here\n#sbatch --nodes=2\n##SBATCH --mail-user=me\nhostname\n", Deed.Hold, "CAIRN004") { Shows = ["JobName=job.sh", "NumNodes=1 "], Hides = ["Comment=here"] },
            new(null, Deed.Hold, "CAIRN004") { Shows = ["JobName=job.sh", "NumNodes=2", "Comment=here"], Hides = ["MailUser=me"] }),
        new("CAIRN005", "nothing is expanded",
            new(Plain + "#SBATCH --output=$HOME/x.out --error=~/x.err\nhostname\n", Deed.Hold, "CAIRN005") { Shows = ["/$HOME/x.out", "/~/x.err"] },
            new(Plain + "#SBATCH --job-name=run7 --output=%x-%u.out\nhostname\n", Deed.Hold) { Shows = ["/run7-nobody.out"] }),
        new("CAIRN006", "a directive does not go on in the next line",
            new(Plain + "#SBATCH --comment=here \\\n        --job-name=run7\nhostname\n", Deed.Hold, "CAIRN006") { Shows = ["JobName=job.sh"] },
            new(Plain + "#SBATCH --comment=here\n#SBATCH --job-name=run7\nhostname\n", Deed.Hold) { Shows = ["JobName=run7"] }),
        new("CAIRN007", "a # cuts the value",
            new(Plain + "#SBATCH --job-name=a#b\nhostname\n", Deed.Hold, "CAIRN007") { Shows = ["JobName=a\n"] },
            new(Plain + "#SBATCH --job-name=\"a#b\"\nhostname\n", Deed.Hold) { Shows = ["JobName=a#b\n"] }),
        new("CAIRN012", "the last one counts",
            new ClaimPlay("#!/bin/bash\n#SBATCH --time=10\n#SBATCH -t 20\nhostname\n", Deed.Hold, "CAIRN012") { Shows = ["TimeLimit=00:20:00"] }),
        new("CAIRN012", "each component for itself, and what concerns the script for all",
            new ClaimPlay("#!/bin/bash\n#SBATCH --time=7 --no-requeue\n#SBATCH hetjob\n#SBATCH --ntasks=2\nhostname\n", Deed.Hold) { Shows = ["HetJobOffset=1", "NumTasks=2", "Requeue=0"], Hides = ["TimeLimit=UNLIMITED", "Requeue=1"] }),
        new("CAIRN013", "sbatch drops what stands behind hetjob",
            new(Plain + "#SBATCH hetjob --time=3\nhostname\n", Deed.Hold, "CAIRN013") { Shows = ["HetJobOffset=1"], Hides = ["TimeLimit=00:03:00"] },
            new(Plain + "#SBATCH hetjob\n#SBATCH --time=3\nhostname\n", Deed.Hold) { Shows = ["HetJobOffset=1", "TimeLimit=00:03:00"] }),
        new("CAIRN013", "hetjob behind an option begins no component",
            new ClaimPlay("#!/bin/bash\n#SBATCH --time=7 hetjob\nhostname\n", Deed.Hold, "CAIRN013") { Shows = ["TimeLimit=00:07:00"], Hides = ["HetJobOffset"] }),
    ];

    private static IEnumerable<Claim> Joined() =>
    [
        new("CAIRN015", "an option without a value eats the next directive",
            new ClaimPlay("#!/bin/bash\n#SBATCH --job-name\n#SBATCH --time=10\nhostname\n", Deed.Hold, "CAIRN015") { Shows = ["JobName=--time=10", "TimeLimit=UNLIMITED"] }),
        new("CAIRN015", "a value in the next line counts",
            new ClaimPlay("#!/bin/bash\n#SBATCH --job-name\n#SBATCH run7 --time=1-\nhostname\n", Deed.Hold) { Shows = ["JobName=run7", "TimeLimit=1-00:00:00"] }),
        new("CAIRN032", "#PBS lines count",
            new ClaimPlay("#!/bin/bash\n#PBS -l walltime=00:07:00\n#SBATCH --signal=USR2@120 --requeue --open-mode=append\nhostname\n", Deed.Hold) { Shows = ["TimeLimit=00:07:00"] }),
    ];

    private static IEnumerable<Claim> Values() =>
    [
        .. from value in (string[])["--time=12h", "--time=20s", "--time=1:2:3:4", "--mem=4.5G", "--mem=x", "--ntasks=0", "--ntasks=two", "--nodes=two", "--nodes=3-1", "--array=1-", "--array=10-1", "--mail-type=FAILED", "--open-mode=x", "--exclusive=foo", "--mem=16GiB"]
           select new Claim("CAIRN008", value + " is refused", new ClaimPlay("#!/bin/bash\n#SBATCH " + value + "\nhostname\n", Deed.BeRefused, "CAIRN008")),
        .. from value in (string[])["--signal=USR2@60s", "--signal=USR2@2m", "--signal=USR2@70000", "--signal=USR3@60", "--signal=IO@120"]
           select new Claim("CAIRN008", value + " is refused", new ClaimPlay(Back + "#SBATCH " + value + "\nhostname\n", Deed.BeRefused, "CAIRN008")),
        new("CAIRN008", "two ways to ask for memory", Refused(Plain + "#SBATCH --mem=4G\n#SBATCH --mem-per-cpu=1G\nhostname\n", "CAIRN008", "mutually exclusive")),
        .. from value in (string[])["--mem=4GB", "--mem=4g", "--time=90", "--time=1-12", "--time=infinite", "--time=1-", "--open-mode=apend", "--array=[1-3]%2", "--array=1-10%%2", "--ntasks=+4"]
           select new Claim("CAIRN008", value + " is accepted", new ClaimPlay("#!/bin/bash\n#SBATCH " + value + "\nhostname\n", Deed.Hold)),
        new("CAIRN009", "memory in megabytes",
            new(Plain + "#SBATCH --mem=8\nhostname\n", Deed.Hold, "CAIRN009") { Shows = ["MinMemoryNode=8M"] },
            new(Plain + "#SBATCH --mem=8G\nhostname\n", Deed.Hold) { Shows = ["MinMemoryNode=8G"] }),
    ];

    private static IEnumerable<Claim> Logs() =>
    [
        new("CAIRN010", "a log folder that was not filled in",
            new ClaimPlay(Plain + "#SBATCH --output=/path/to/logs/%j.out\necho the first line\n", Deed.Run, "CAIRN010") { State = "FAILED", Shows = ["Reason=JobLaunchFailure", "ExitCode=0:53"] }),
        new("CAIRN011", "the log's folder does not exist",
            new(Plain + "#SBATCH --output=logs/%j.out\nmkdir -p logs\necho the first line\n", Deed.Run, "CAIRN011") { State = "FAILED", Shows = ["Reason=JobLaunchFailure", "ExitCode=0:53"], Keeps = ["the first line"] },
            new(Plain + "#SBATCH --output=logs/%j.out\nmkdir -p logs\necho the first line\n", Deed.Run) { Folder = "logs", Says = ["the first line"] }),
        new("CAIRN040", "a requeue empties the log",
            new(Plain + "#SBATCH --requeue\nsrun python train.py\n", Deed.Requeue, "CAIRN040") { Restarts = [1], Says = [GoesOn, Complete], Counts = (FromZero, 0) },
            Fixed(Deed.Requeue) with { Restarts = [1], Says = [FromZero, GoesOn, Complete] }),
    ];

    private static IEnumerable<Claim> MoreLogs() =>
    [
        new("CAIRN011", "a folder with the job's number",
            new ClaimPlay(Plain + "#SBATCH --output=logs/%j/run.out\nmkdir -p logs/$SLURM_JOB_ID\necho the first line\n", Deed.Run, "CAIRN011") { Folder = "logs", State = "FAILED", Shows = ["Reason=JobLaunchFailure", "ExitCode=0:53"], Keeps = ["the first line"] }),
    ];

    private static IEnumerable<Claim> WhoHears() =>
    [
        new("CAIRN020", "a plain child hears nothing",
            new(ToTasks + "python train.py\n", Deed.Warn, "CAIRN020") { Ends = true, Says = [Complete], Keeps = ["heard"] },
            Fixed(Deed.Warn) with { Says = [Heard, Saved] }),
        new("CAIRN020", "what exec has put in the shell's place hears no warning without B:",
            new(ToTasks + "exec python train.py\n", Deed.Warn, "CAIRN020") { Ends = true, Says = [Complete], Keeps = ["heard"] },
            Fixed(Deed.Warn) with { Says = [Heard, Saved] }),
        new("CAIRN020", "bash outlives an INT while its program is in the foreground, and the program hears nothing",
            new(Back + "#SBATCH --signal=B:INT@120\npython train.py\n", Deed.Warn, "CAIRN020") { Ends = true, Says = [Complete], Keeps = ["heard"] },
            new(Back + "#SBATCH --signal=B:INT@120\nexec python train.py\n", Deed.Warn) { State = "FAILED", Says = ["KeyboardInterrupt"] }),
        new("CAIRN021", "the warning kills the batch shell",
            new(ToShell + "srun python train.py\n", Deed.Warn, "CAIRN021") { State = "FAILED", Shows = ["Reason=JobLaunchFailure", "ExitCode=0:12"], Tells = ["heard TERM"], Keeps = [Heard] },
            Fixed(Deed.Warn) with { Says = [Heard, Saved] }),
        new("CAIRN021", "the warning kills the batch shell, with cairn run in its foreground",
            new(ToShell + $"{Wrapped} {Train}\n", Deed.Warn, "CAIRN021") { State = "FAILED", Shows = ["ExitCode=0:12"], Keeps = [Heard] },
            Fixed(Deed.Warn) with { Restarts = [1], Says = [Heard, Saved, GoesOn, Complete] }),
        new("CAIRN021", "the same, with an exec behind it",
            new ClaimPlay(ToShell + $"{Wrapped} {Train}\nexec python surroundings.py\n", Deed.Warn, "CAIRN021") { State = "FAILED", Shows = ["ExitCode=0:12"], Keeps = [Heard] }),
        new("CAIRN029", "a warning that cannot be caught",
            new ClaimPlay("#!/bin/bash\n#SBATCH --time=1 --requeue --open-mode=append\n#SBATCH --signal=KILL@40\nsrun python train.py\n", Deed.Run, "CAIRN029", "CAIRN030", "CAIRN031") { State = "FAILED", Says = ["Killed"], Keeps = [Heard, "heard TERM", Saved] }),
    ];

    private static IEnumerable<Claim> Traps() =>
    [
        new("CAIRN022", "the trap waits for the program in the foreground",
            new(ToShell + "trap 'touch stop' USR2\nsrun python train.py --stop-file stop\n", Deed.Warn, "CAIRN022") { Ends = true, Says = [Complete], Keeps = ["heard", Saved] },
            new(ToShell + "trap 'touch stop' USR2\nsrun python train.py --stop-file stop &\nwhile kill -0 $! 2> /dev/null; do wait $!; done\n", Deed.Warn) { Says = [Saved] }),
        new("CAIRN022", "the trap waits for cairn run",
            new(ToShell + $"trap 'echo trapped' USR2\n{Wrapped} {Train}\n", Deed.Warn, "CAIRN022") { Ends = true, Says = [Complete], Keeps = ["heard"] },
            new(ToShell + $"exec {Wrapped} {Train}\n", Deed.Warn) { Restarts = [1], Says = [Heard, Saved, GoesOn, Complete] }),
        new("CAIRN023", "nobody waits for the program",
            new(Plain + "srun python train.py --steps 30 &\n", Deed.Run, "CAIRN023", "CAIRN080") { Keeps = [Complete] },
            (new ClaimPlay(null, Deed.Run, "CAIRN080")) with { Says = [Complete] }),
        new("CAIRN024", "the trapped signal ends wait, and a plain child is killed",
            new(ToShell + "trap 'kill -USR2 $pid' USR2\npython train.py &\npid=$!\nwait $pid\n", Deed.Warn, "CAIRN024") { State = "FAILED", Shows = ["ExitCode=140:0"], Keeps = [Saved] },
            new(ToShell + "trap 'kill -USR2 $pid' USR2\npython train.py &\npid=$!\nwhile kill -0 $pid 2> /dev/null; do wait $pid; done\n", Deed.Warn) { Says = [Heard, Saved] }),
        new("CAIRN024", "the trapped signal ends wait, and a task of srun gets TERM",
            new(ToShell + "trap 'kill -USR2 $pid' USR2\nsrun python train.py --save-takes 60 &\npid=$!\nwait $pid\n", Deed.Warn, "CAIRN024") { State = "FAILED", Shows = ["ExitCode=140:0"], Tells = ["heard TERM"] },
            new(ToShell + "trap 'kill -USR2 $pid' USR2\nsrun python train.py --save-takes 60 &\npid=$!\nwhile kill -0 $pid 2> /dev/null; do wait $pid; done\n", Deed.Warn) { Says = [Heard, Saved] },
            new(ToShell + "trap 'kill -USR2 $pid; wait $pid' USR2\nsrun python train.py --save-takes 60 &\npid=$!\nwait $pid\n", Deed.Warn) { State = "FAILED", Shows = ["ExitCode=140:0"], Says = [Heard, Saved] }),
        new("CAIRN024", "the trap asks for a save, and leaves",
            new ClaimPlay(ToShell + "trap 'kill -USR2 $pid; exit' USR2\npython train.py --save-takes 60 &\npid=$!\nwait $pid\n", Deed.Warn, "CAIRN024") { Keeps = [Saved] }),
        new("CAIRN020", "scancel with a signal does not reach a plain child",
            new ClaimPlay(ToShell + "trap 'scancel --signal=USR2 $SLURM_JOB_ID' USR2\npython train.py &\npid=$!\nwhile kill -0 $pid 2> /dev/null; do wait $pid; done\n", Deed.Warn, "CAIRN020") { Ends = true, Says = [Complete], Keeps = ["heard", Saved] }),
        new("CAIRN026", "the trap never hears the warning, and a task dies of it",
            new ClaimPlay(ToTasks + "trap 'echo never' USR2\nsrun python train.py --deaf &\nwait\n", Deed.Warn, "CAIRN026") { Says = [DiedOfIt], Keeps = ["never"] }),
        new("CAIRN026", "the trap never hears the warning",
            new(ToTasks + "trap 'touch stop' USR2\npython train.py --stop-file stop &\nwhile kill -0 $! 2> /dev/null; do wait $!; done\n", Deed.Warn, "CAIRN026") { Ends = true, Says = [Complete], Keeps = ["heard", Saved] },
            Fixed(Deed.Warn) with { Says = [Saved] }),
        new("CAIRN027", "the program inherits an ignored signal",
            new(ToShell + "trap '' USR2\nexec python train.py\n", Deed.Warn, "CAIRN027") { Says = ["USR2 is ignored at the start", Heard, Saved] },
            new(ToTasks + "trap '' USR2\nsrun python train.py\n", Deed.Warn) { Says = ["USR2 is as by default at the start", Heard, Saved] }),
        new("CAIRN027", "a shell never hears a signal that it inherited ignored",
            new(ToShell + "trap '' USR2\nexec bash listen.sh\n", Deed.Warn, "CAIRN027") { Ends = true, Keeps = ["heard"] },
            new(ToShell + "exec bash listen.sh\n", Deed.Warn) { Says = [Heard] }),
        // tee is dead. bash ends the script then, or waits for the rest of the pipe.
        new("CAIRN028", "the trap signals the end of the pipe",
            new(ToShell + "trap 'kill -USR2 $pid' USR2\nsrun python train.py | tee log &\npid=$!\nwhile kill -0 $pid 2> /dev/null; do wait $pid; done\n", Deed.Warn, "CAIRN028") { State = null, Ends = true, Keeps = [Heard] },
            new(ToShell + "trap 'kill -USR2 $pid' USR2\nsrun python train.py > >(tee log) &\npid=$!\nwhile kill -0 $pid 2> /dev/null; do wait $pid; done\n", Deed.Warn) { Says = [Heard, Saved] }),
    ];

    private static IEnumerable<Claim> InBetween() =>
    [
        new("CAIRN025", "timeout keeps the warning",
            new ClaimPlay(ToTasks + "srun timeout 5m python train.py\n", Deed.Warn, "CAIRN025") { State = "FAILED", Shows = ["ExitCode=140:0"], Says = [DiedOfIt], Keeps = [Heard] }),
        new("CAIRN025", "bash -c keeps the warning, but for its last command",
            new(ToTasks + "srun bash -c 'python train.py; exit $?'\n", Deed.Warn, "CAIRN025") { State = "FAILED", Shows = ["ExitCode=140:0"], Says = [DiedOfIt], Keeps = [Heard] },
            new(ToTasks + "srun bash -c 'cd .; python train.py'\n", Deed.Warn) { Says = [Heard, Saved] }),

        // Nothing in the script tells of it.
        new("CAIRN025", "a launcher in Python keeps the warning",
            new ClaimPlay(ToTasks + "srun python launch.py --resume\n", Deed.Warn) { State = "FAILED", Shows = ["ExitCode=140:0"], Says = [DiedOfIt], Keeps = [Heard] }),
        new("CAIRN025", "behind cairn run timeout hides the warning",
            new(ToShell + $"exec {Wrapped} timeout 5m {Train}\n", Deed.Warn, "CAIRN025") { Ends = true, Says = [Complete], Keeps = ["heard"] },
            new(ToShell + $"exec cairn run --warn-with TERM --checkpoint-dir ckpt -- timeout 5m {Train}\n", Deed.Warn) { Restarts = [1], Says = ["heard TERM", Saved, GoesOn, Complete] }),
        new("CAIRN025", "behind cairn run bash -c hides the warning",
            new(ToShell + $"exec {Wrapped} bash -c '{Train}; echo done'\n", Deed.Warn, "CAIRN025") { Ends = true, Says = [Complete], Keeps = ["heard"] },
            new(ToShell + $"exec {Wrapped} bash -c 'cd .; {Train}'\n", Deed.Warn) { Restarts = [1], Says = [Heard, Saved, GoesOn, Complete] }),
    ];

    private const string Waits = "while kill -0 $pid 2> /dev/null; do wait $pid; done\n";

    private static IEnumerable<Claim> SentByTraps() =>
    [
        new("CAIRN022", "a trap of TERM waits for the program in the foreground",
            new ClaimPlay(Back + "trap 'cp train.py copy; echo trapped' TERM\npython train.py\n", Deed.Cancel, "CAIRN022") { State = "CANCELLED", Keeps = ["trapped", "heard"] }),
        new("CAIRN022", "a trap of TERM and EXIT waits for it as well",
            new ClaimPlay(Plain + "trap 'cp train.py copy; echo trapped' TERM EXIT\npython train.py\n", Deed.Cancel, "CAIRN022") { State = "CANCELLED", Keeps = ["trapped", "heard"] }),
        new("CAIRN033", "exec puts srun where B: sends TERM",
            new(Back + "#SBATCH --signal=B:TERM@120\nexec srun python train.py --save-takes 5\n", Deed.Warn, "CAIRN033") { State = null, Keeps = [Saved] },
            new(ToShell + "exec srun python train.py --save-takes 5\n", Deed.Warn) { Says = [Heard, Saved] }),
        new("CAIRN033", "a kill of the whole group ends srun",
            new ClaimPlay(ToShell + "trap 'trap \"\" TERM; kill -TERM 0; wait' USR2\nsrun python train.py --save-takes 5 &\nwait\n", Deed.Warn, "CAIRN033") { State = null, Keeps = [Saved, Heard] }),
        new("CAIRN035", "jobs -p in double quotes is read too early",
            new ClaimPlay(ToShell + "trap \"kill -USR2 $(jobs -p)\" USR2\nsrun python train.py &\npid=$!\n" + Waits, Deed.Warn, "CAIRN035") { Ends = true, Says = [Complete], Keeps = ["heard", Saved] }),
        new("CAIRN033", "srun ends the step at TERM",
            new(ToShell + "trap 'kill -TERM $pid; wait $pid' USR2\nsrun python train.py &\npid=$!\n" + Waits, Deed.Warn, "CAIRN033") { State = null, Keeps = [Saved, Heard] },
            new(ToShell + "trap 'kill -USR2 $pid' USR2\nsrun python train.py &\npid=$!\n" + Waits, Deed.Warn) { Says = [Heard, Saved] }),
        new("CAIRN033", "srun keeps INT",
            new ClaimPlay(ToShell + "trap 'kill -INT $pid' USR2\nsrun python train.py &\npid=$!\n" + Waits, Deed.Warn, "CAIRN033") { Ends = true, State = null, Says = [Complete], Keeps = ["heard", Saved] }),
        new("CAIRN033", "timeout sends srun TERM",
            new ClaimPlay(Back + "timeout 30 srun python train.py\n", Deed.Run, "CAIRN033") { State = "FAILED", Shows = ["ExitCode=124:0"], Keeps = [Saved] }),
        new("CAIRN034", "a background program ignores INT",
            new(ToShell + "trap 'kill -INT $pid' USR2\npython train.py &\npid=$!\n" + Waits, Deed.Warn, "CAIRN034") { Ends = true, Says = [Complete], Keeps = ["KeyboardInterrupt"] },
            new(ToShell + "set -m\ntrap 'kill -INT $pid' USR2\npython train.py &\npid=$!\n" + Waits, Deed.Warn) { State = null, Keeps = [Complete], Says = ["KeyboardInterrupt"] }),
        new("CAIRN035", "a pid in double quotes is read too early",
            new(ToShell + "trap \"kill -USR2 $pid\" USR2\nsrun python train.py &\npid=$!\n" + Waits, Deed.Warn, "CAIRN035") { Ends = true, Says = [Complete], Keeps = ["heard", Saved] },
            new(ToShell + "trap 'kill -USR2 $pid' USR2\nsrun python train.py &\npid=$!\n" + Waits, Deed.Warn) { Says = [Heard, Saved] }),
        new("CAIRN036", "nobody sends what is not asked for",
            new ClaimPlay("#!/bin/bash\n#SBATCH --time=1 --requeue --open-mode=append\ntrap 'echo trapped' USR1\nsrun python train.py &\nwait\n", Deed.Run, "CAIRN036") { State = "TIMEOUT", Keeps = ["trapped"] }),
    ];

    private static IEnumerable<Claim> SecondAttempts() =>
    [
        new("CAIRN037", "mkdir ends the second attempt",
            new(Back + "set -e\nmkdir results\nsrun python train.py\n", Deed.Requeue, "CAIRN037") { State = "FAILED", Restarts = [1], Says = ["File exists"], Keeps = [GoesOn] },
            new(Back + "set -e\nmkdir -p results\nsrun python train.py\n", Deed.Requeue) { Restarts = [1], Says = [FromZero, GoesOn, Complete] }),
        new("CAIRN038", "a new folder in each attempt",
            new ClaimPlay(Back + "srun python train.py --checkpoint-dir ckpt-$(date +%s%N)\n", Deed.Requeue, "CAIRN038") { Restarts = [1], Says = [FromZero, FromZero, Complete], Keeps = [GoesOn] }),
        new("CAIRN039", "set -u ends the first attempt",
            new(Plain + "set -u\nif [[ $SLURM_RESTART_COUNT -gt 0 ]]; then echo again; fi\nhostname\n", Deed.Run, "CAIRN039") { State = "FAILED", Says = ["SLURM_RESTART_COUNT: unbound variable"] },
            new(Plain + "set -u\nif [[ ${SLURM_RESTART_COUNT:-0} -gt 0 ]]; then echo again; fi\nhostname\n", Deed.Run)),
        new("CAIRN039", "set -u ends the first attempt in a sum, too",
            new ClaimPlay(Plain + "set -u\nif (( SLURM_RESTART_COUNT > 0 )); then echo again; fi\nhostname\n", Deed.Run, "CAIRN039") { State = "FAILED", Says = ["SLURM_RESTART_COUNT: unbound variable"] }),
        new("CAIRN045", "find deletes as rm does",
            new ClaimPlay(Back + "mkdir -p ckpt\nfind ckpt -mindepth 1 -delete\nsrun " + Train + "\n", Deed.Requeue, "CAIRN045") { Restarts = [1], Says = [FromZero, FromZero, Complete], Keeps = [GoesOn] }),
        new("CAIRN046", "a count is no decision, in whatever brackets",
            new ClaimPlay(Back + "trap '(( ${SLURM_RESTART_COUNT:-0} < 5 )) && scontrol requeue $SLURM_JOB_ID' TERM\nsrun python train.py &\nwait\n", Deed.Cancel, "CAIRN046") { State = "CANCELLED", Restarts = [1], ComesBack = true }),
        new("CAIRN047", "every failure requeues, said by (( ))",
            new ClaimPlay(Back + "srun python lost.py\nif (( $? )); then scontrol requeue $SLURM_JOB_ID; fi\n", Deed.Run, "CAIRN047") { State = "CANCELLED", Restarts = [2], ComesBack = true, Says = ["lost.py", "lost.py"] }),
        new("CAIRN045", "a test whether it is there is no protection",
            new ClaimPlay(Back + "[ -d ckpt ] && rm -r ckpt\nsrun " + Train + "\n", Deed.Requeue, "CAIRN045") { Restarts = [1], Says = [FromZero, FromZero, Complete], Keeps = [GoesOn] }),
        new("CAIRN046", "after scancel the trap of EXIT runs",
            new ClaimPlay(Back + "trap 'scontrol requeue $SLURM_JOB_ID' EXIT\nsrun python train.py &\nwait\n", Deed.Cancel, "CAIRN046", "CAIRN047") { State = "CANCELLED", Restarts = [1], ComesBack = true }),
        new("CAIRN047", "a trap of EXIT requeues for ever",
            new ClaimPlay(Back + "trap 'scontrol requeue $SLURM_JOB_ID' EXIT\nsrun python train.py --steps 5\n", Deed.Run, "CAIRN046", "CAIRN047") { State = "CANCELLED", Restarts = [2], ComesBack = true, Says = [Complete, Complete] }),
        new("CAIRN047", "every failure requeues",
            new ClaimPlay(Back + "srun python lost.py || scontrol requeue $SLURM_JOB_ID\n", Deed.Run, "CAIRN047") { State = "CANCELLED", Restarts = [2], ComesBack = true, Says = ["lost.py", "lost.py"] }),
        new("CAIRN047", "every failure requeues, said by until",
            new ClaimPlay(Back + "until srun python lost.py; do scontrol requeue $SLURM_JOB_ID; done\n", Deed.Run, "CAIRN047") { State = "CANCELLED", Restarts = [2], ComesBack = true, Says = ["lost.py", "lost.py"] }),
        new("CAIRN054", "a requeued job that is held",
            new ClaimPlay(Back + "scontrol requeuehold $SLURM_JOB_ID\nsleep 30\n", Deed.Queue, "CAIRN047", "CAIRN054") { Waits = "job_requeued_in_held_state" }),
        new("CAIRN080", "a plain job does not come back",
            new ClaimPlay("#!/bin/bash\n#SBATCH --time=1\nsrun python train.py\n", Deed.Run, "CAIRN080") { State = "TIMEOUT" }),
        new("CAIRN081", "a program that is not there",
            new ClaimPlay(Plain + "pyhton train.py\n", Deed.Run, "CAIRN080", "CAIRN081") { State = "FAILED", Shows = ["ExitCode=127:0"], Says = ["command not found"] }),
    ];

    private static IEnumerable<Claim> Times() =>
    [
        new("CAIRN030", "the warning comes too late for the save",
            new ClaimPlay("#!/bin/bash\n#SBATCH --time=1 --requeue --open-mode=append\n#SBATCH --signal=USR2@5\nsrun python train.py --save-takes 150\n", Deed.Run, "CAIRN030", "CAIRN031") { State = "TIMEOUT", Says = [Heard, "heard TERM"], Keeps = [Saved] }),
        new("CAIRN031", "the warning comes at the start, and what is loading dies of it",
            new ClaimPlay("#!/bin/bash\n#SBATCH --time=2 --requeue --open-mode=append\n#SBATCH --signal=USR2@120\nsrun python train.py --load-until loaded\n", Deed.Run, "CAIRN031") { State = "FAILED", Says = [DiedOfIt], Keeps = [FromZero] }),
        new("CAIRN032", "there is no limit",
            new("#!/bin/bash\n#SBATCH --requeue --open-mode=append\n#SBATCH --signal=USR2@120\nsrun python train.py\n", Deed.Hold, "CAIRN032") { Shows = ["TimeLimit=UNLIMITED"] },
            new(ToTasks + "srun python train.py\n", Deed.Hold) { Shows = ["TimeLimit=00:10:00"] }),
    ];

    private static IEnumerable<Claim> Requeues() =>
    [
        new("CAIRN041", "the requeue is refused",
            new(Plain + "#SBATCH --no-requeue --open-mode=append\n" + AsksByCode + "\n", Deed.Run, "CAIRN041") { State = "FAILED", Says = ["asks to come back", Disabled] },
            new(Plain + "#SBATCH --no-requeue --open-mode=append\nscontrol update jobid=$SLURM_JOB_ID Requeue=1\n" + AsksByCode + "\n", Deed.Run) { Restarts = [1], Says = ["asks to come back", GoesOn, Complete] }),
        new("CAIRN042", "the requeue depends on the cluster's default",
            new(Plain + "#SBATCH --open-mode=append\n" + AsksByCode + "\n", Deed.Run, "CAIRN042") { State = "FAILED", Says = ["asks to come back", Disabled], Setup = Setup.UserSignal },
            Fixed(Deed.Run) with { Restarts = [1], Says = ["asks to come back", GoesOn, Complete], Setup = Setup.UserSignal }),
        new("CAIRN043", "one element requeues the whole array",
            new(ToShell + "#SBATCH --array=1-2\ntrap 'touch stop-$SLURM_ARRAY_TASK_ID; wait; scontrol requeue $SLURM_JOB_ID' USR2\npython train.py --checkpoint-dir ckpt-$SLURM_ARRAY_TASK_ID --stop-file stop-$SLURM_ARRAY_TASK_ID &\nwait\n", Deed.Warn, "CAIRN043") { Restarts = [1, 1], Ends = true },
            Fixed(Deed.Warn) with { Restarts = [0, 1], Ends = true }),
        new("CAIRN044", "nothing resumes",
            new(Back + "python forgets.py\n", Deed.Requeue, "CAIRN044") { When = FromZero, Restarts = [1], Ends = true, Says = [FromZero, FromZero] },
            new(Back + "python train.py\n", Deed.Requeue) { Restarts = [1], Says = [FromZero, GoesOn, Complete] }),
        new("CAIRN045", "every attempt deletes the checkpoints",
            new(Back + "rm -rf ckpt\nsrun " + Train + "\n", Deed.Requeue, "CAIRN045") { Restarts = [1], Says = [FromZero, FromZero, Complete], Keeps = [GoesOn] },
            new(Back + "[[ -n $SLURM_RESTART_COUNT ]] || rm -rf ckpt\nsrun " + Train + "\n", Deed.Requeue) { Restarts = [1], Says = [FromZero, GoesOn, Complete] }),
    ];

    private static IEnumerable<Claim> RequeuesByThemselves() =>
    [
        new("CAIRN046", "a cancelled job comes back",
            new(Back + "trap 'scontrol requeue $SLURM_JOB_ID' TERM\nsrun python train.py &\nwait\n", Deed.Cancel, "CAIRN046") { State = "CANCELLED", Restarts = [1], ComesBack = true },
            new(ToShell + "trap 'kill -USR2 $pid; wait $pid; scontrol requeue $SLURM_JOB_ID' USR2\nsrun python train.py &\npid=$!\nwait $pid\n", Deed.Cancel) { State = "CANCELLED" }),
        new("CAIRN046", "a trap of TERM sets what the requeue asks for",
            new ClaimPlay(ToShell + "trap 'warned=1; kill -USR2 $pid' USR2 TERM\npython train.py &\npid=$!\nwhile kill -0 $pid 2> /dev/null; do wait $pid; done\nif [[ $warned == 1 ]]; then scontrol requeue $SLURM_JOB_ID; fi\n", Deed.Cancel, "CAIRN046") { State = "CANCELLED", Restarts = [1], ComesBack = true }),
        new("CAIRN047", "the job is requeued for ever",
            new(Back + "srun python train.py --steps 5\nscontrol requeue $SLURM_JOB_ID\n", Deed.Run, "CAIRN047") { State = "CANCELLED", Restarts = [2], ComesBack = true, Says = [Complete, Complete] },
            new(Back + AsksByCode + "\n", Deed.Run) { Restarts = [1], Says = ["asks to come back", GoesOn, Complete] }),
        new("CAIRN048", "set -e ends the script before the requeue",
            new(Back + "set -e\n" + AsksByCode + "\n", Deed.Run, "CAIRN048") { State = "FAILED", Shows = ["ExitCode=75:0"], Says = ["asks to come back"] },
            new(Back + "set -e\ncode=0\nsrun python train.py --ask-after 5 || code=$?\nif [[ $code -eq 75 ]]; then scontrol requeue $SLURM_JOB_ID; fi\nexit $code\n", Deed.Run) { Restarts = [1], Says = ["asks to come back", GoesOn, Complete] }),
        new("CAIRN049", "a plain child is not told before the requeue",
            new(ToShell + "trap 'scontrol requeue $SLURM_JOB_ID' USR2\npython train.py &\nwait\n", Deed.Warn, "CAIRN049") { Restarts = [1], Says = ["goes on from step 0\n", Complete], Keeps = ["heard", Saved] },
            new(ToShell + "trap 'kill -USR2 $pid; wait $pid; scontrol requeue $SLURM_JOB_ID' USR2\npython train.py &\npid=$!\nwait $pid\n", Deed.Warn) { Restarts = [1], Says = [Heard, Saved, GoesOn, Complete] }),

        new("CAIRN049", "what was told and is not waited for is killed in its save",
            new ClaimPlay(ToShell + "trap 'kill -USR2 $pid; scontrol requeue $SLURM_JOB_ID' USR2\nsrun python train.py --save-takes 60 &\npid=$!\nwait $pid\n", Deed.Warn, "CAIRN049") { Restarts = [1], Says = [Heard, "goes on from step 0\n", Complete], Keeps = [Saved] }),
        new("CAIRN049", "a task of srun hears TERM instead of the warning",
            new(ToShell + "trap 'scontrol requeue $SLURM_JOB_ID' USR2\nsrun python train.py &\nwait\n", Deed.Warn, "CAIRN049") { Restarts = [1], Tells = ["heard TERM", Saved, GoesOn, Complete], Keeps = [Heard] },
            new(ToShell + "trap 'kill -USR2 $pid; wait $pid; scontrol requeue $SLURM_JOB_ID' USR2\nsrun python train.py &\npid=$!\nwait $pid\n", Deed.Warn) { Restarts = [1], Says = [Heard, Saved, GoesOn, Complete] }),
    ];

    private static IEnumerable<Claim> Arrays() =>
    [
        new("CAIRN051", "all elements save in one folder",
            new(Plain + "#SBATCH --array=1-2\npython sweep.py --checkpoint-dir ckpt\n", Deed.Run, "CAIRN051") { Restarts = [0, 0], Says = ["finds what another saved"] },
            new(Plain + "#SBATCH --array=1-2\npython sweep.py --checkpoint-dir ckpt/$SLURM_ARRAY_TASK_ID\n", Deed.Run) { Restarts = [0, 0], Keeps = ["another"], Counts = ("finds what itself saved", 2) }),
        new("CAIRN052", "an element that starts empties the log of all",
            new(Plain + "#SBATCH --array=1-3%1 --output=%A.out\necho one element\n", Deed.Run, "CAIRN052") { Restarts = [0, 0, 0], Counts = ("one element", 1) },
            new(Plain + "#SBATCH --array=1-3%1 --output=%A-%a.out\necho one element\n", Deed.Run) { Restarts = [0, 0, 0], Counts = ("one element", 3) }),

        // They wait for one another before they write.
        new("CAIRN052", "elements that run at the same time write into one log",
            new ClaimPlay(Plain + "#SBATCH --array=1-3 --output=%A.out\npython sweep.py --checkpoint-dir ckpt/$SLURM_ARRAY_TASK_ID\n", Deed.Run, "CAIRN052") { Restarts = [0, 0, 0], Counts = ("finds what itself saved", 3) }),
        new("CAIRN053", "the tasks get none of the script's environment",
            new(Plain + "#SBATCH --export=NONE\nexport SEED=7\nsrun /usr/bin/python3 surroundings.py\n", Deed.Run, "CAIRN053") { Says = ["SEED is None, PATH is None"] },
            Fixed(Deed.Run) with { Says = ["SEED is 7"] }),
    ];

    private static IEnumerable<Claim> Ranks() =>
    [
        new("CAIRN055", "a task that dies leaves the others waiting",
            new("#!/bin/bash\n#SBATCH --time=1 --ntasks=2 --requeue --open-mode=append\nexport MASTER_ADDR=localhost\nsrun python together.py --one dies\n", Deed.Run, "CAIRN055") { State = "TIMEOUT", Says = ["task 0 waits in step 3"] },
            new("#!/bin/bash\n#SBATCH --time=1 --ntasks=2 --requeue --open-mode=append\nexport MASTER_ADDR=localhost\nsrun --kill-on-bad-exit=1 python together.py --one dies\n", Deed.Run) { State = "FAILED", Shows = ["ExitCode=137:0"] }),
        new("CAIRN056", "without --mpi every task is alone",
            new(Back + "#SBATCH --ntasks=2\nsrun -K1 python world.py\n", Deed.Run, "CAIRN056") { Needs = "libmpich.so.12", Counts = ("rank 0 of 1", 2) },
            new(Back + "#SBATCH --ntasks=2\nsrun -K1 --mpi=pmi2 python world.py\n", Deed.Run) { Needs = "libmpich.so.12", Counts = ("of 2", 2) }),
        new("CAIRN057", "the first task that ends starts a clock for the others",
            new(Back + "#SBATCH --ntasks=2\nsrun --wait=5 python together.py --one leaves\n", Deed.Run, "CAIRN057") { State = "FAILED", Says = ["in the middle of the save", "First task exited 5s ago"], Keeps = [Saved, "heard"] },
            new(Back + "#SBATCH --ntasks=2\nsrun --wait=0 python together.py --one leaves\n", Deed.Run) { Says = ["in the middle of the save", Saved] }),
    ];

    private static IEnumerable<Claim> Cluster() =>
    [
        new("CAIRN060", "a limit above the partition's waits for ever",
            new("#!/bin/bash\n#SBATCH --partition=short\n#SBATCH --time=2:00:00\nhostname\n", Deed.Queue, "CAIRN060") { Waits = "PartitionTimeLimit" },
            new("#!/bin/bash\n#SBATCH --partition=short\n#SBATCH --time=1:00:00\nhostname\n", Deed.Run)),
        new("CAIRN060", "with EnforcePartLimits it is refused",
            Refused("#!/bin/bash\n#SBATCH --partition=short\n#SBATCH --time=2:00:00\nhostname\n", "CAIRN060", "Requested time limit is invalid") with { Setup = Setup.UserSignal }),
    ];

    private static IEnumerable<Claim> Wrappers() =>
    [
        new("CAIRN070", "cairn run in several tasks refuses",
            new(ToTasks + $"#SBATCH --ntasks=2\nsrun {Wrapped} {Train}\n", Deed.Run, "CAIRN070") { State = "FAILED", Shows = ["ExitCode=2:0"], Says = ["exec cairn run -- srun cairn run --task -- "], Keeps = [FromZero] },
            new(ToShell + $"#SBATCH --ntasks=2\nexec {Wrapped} srun cairn run --task -- {Train}\n", Deed.Warn) { Restarts = [1], Says = [Heard, Saved, GoesOn, Complete] }),
        new("CAIRN071", "cairn run --task alone does not requeue",
            new(ToTasks + $"srun cairn run --task -- {Train}\n", Deed.Warn, "CAIRN071") { Says = [Heard, Saved], Keeps = ["requeueing"] },
            new(ToShell + $"exec {Wrapped} srun cairn run --task -- {Train}\n", Deed.Warn) { Restarts = [1], Says = [Heard, Saved, "requeueing", GoesOn, Complete] }),
        new("CAIRN071", "cairn run --task alone knows no deadline",
            new ClaimPlay($"#!/bin/bash\n#SBATCH --time=1 --requeue --open-mode=append\nsrun cairn run --task -- {Train}\n", Deed.Run, "CAIRN071") { State = "TIMEOUT", Keeps = ["the job's end is near", "requeueing"] }),
        new("CAIRN072", "another signal is passed on at once, and what is loading dies of it",
            new(Back + $"#SBATCH --signal=B:USR1@120\nexec {Wrapped} {Train} --load-until loaded\n", Deed.Warn, "CAIRN072") { When = "at the start", State = "FAILED", Keeps = [FromZero, "requeueing"] },
            Fixed(Deed.Warn) with { When = "at the start", Makes = "loaded", Restarts = [1], Says = ["heard USR1", Saved, GoesOn, Complete] }),
        new("CAIRN072", "behind srun another signal than the one outside warns by",
            new(Back + $"#SBATCH --signal=B:USR1@120\nexec cairn run --signal USR1 --checkpoint-dir ckpt -- srun cairn run --task -- {Train} --load-until loaded\n", Deed.Warn, "CAIRN072") { When = "at the start", Restarts = [1], Says = [FromZero, Complete], Keeps = ["heard", Saved] },
            Fixed(Deed.Warn) with { When = "at the start", Makes = "loaded", Restarts = [1], Says = ["heard USR1", Saved, GoesOn, Complete] }),
        new("CAIRN073", "the requeue of one ends the other",
            new(Back + "cairn run --checkpoint-dir a -- python train.py --checkpoint-dir a --ask-after 30 &\ncairn run --checkpoint-dir b -- python train.py --checkpoint-dir b &\nwait\n", Deed.Run, "CAIRN073") { Restarts = [1], Says = ["asks to come back", "requeueing", Complete], Keeps = [Saved] },
            new(ToShell + "#SBATCH --array=1-2\nexec cairn run --checkpoint-dir ckpt-$SLURM_ARRAY_TASK_ID -- python train.py --checkpoint-dir ckpt-$SLURM_ARRAY_TASK_ID\n", Deed.Warn) { Restarts = [0, 1], Ends = true, Says = [Heard, Saved, GoesOn] }),
    ];

    private static ClaimPlay Refused(string script, string rule, string refusal) => new(script, Deed.BeRefused, rule) { Refusal = refusal };

    /// <summary>The script before, mended by --fix.</summary>
    private static ClaimPlay Fixed(Deed deed) => new(null, deed);
}
