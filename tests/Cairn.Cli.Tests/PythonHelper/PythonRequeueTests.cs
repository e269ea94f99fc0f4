namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>exit_for_requeue: whom it asks, what it says, and with what code it leaves.</summary>
public sealed class PythonRequeueTests : IDisposable
{
    private const string Program = "import cairn; cairn.exit_for_requeue()";
    private const string Running = "JobState=RUNNING Reason=None Dependency=(null)";
    private const string Flags = "Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0";

    private readonly PythonFolder _folder = new();

    [Fact]
    public async Task What_is_inherited_from_another_job_is_not_believed()
    {
        var (code, output, error) = await _folder.Run(
            "import cairn, os\nprint(cairn.attempt(), cairn.stop_requested(), cairn.finished())\ncairn.exit_for_requeue()\n",
            _folder.FakeScontrol("[ $1 = requeue ] || echo '   JobState=RUNNING Reason=None Dependency=(null)'"),
            "SLURM_JOB_ID=11", "CAIRN_WRAPPED_JOB=10", "CAIRN_REQUEUE=wrapper", "CAIRN_ATTEMPT=4", "CAIRN_DONE_FILE=" + _folder.At("done"), "CAIRN_STATUS=" + _folder.Sandbox.Write("status", "{\"stop_requested\":true}"));
        Assert.True((code, output) == (0, "1 False False\n"), output + error);
        Assert.False(File.Exists(_folder.At("done")));
        Assert.EndsWith("2: requeue 11", _folder.Lines("asked")[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Under_a_wrapper_it_is_75_and_Slurm_is_not_asked()
    {
        var path = _folder.FakeScontrol("exit 0");
        var (code, _, error) = await _folder.Run(Program, path, "SLURM_JOB_ID=7", "CAIRN_REQUEUE=wrapper");
        Assert.Equal((75, "", 0), (code, error, _folder.Lines("asked").Length));
    }

    [Theory]
    [InlineData(0, true, "stopped before its end", Running, Flags, "")]
    [InlineData(0, true, "the time limit has passed", "JobState=COMPLETING Reason=TimeLimit", Flags, "")]
    [InlineData(0, true, "preempted", Running, Flags, "PreemptTime=1700000000 SuspendTime=None")]
    [InlineData(0, true, "the warning killed", "JobState=COMPLETING Reason=JobLaunchFailure", "Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:12", "")]
    [InlineData(0, false, "back in the queue", "JobState=PENDING Reason=BeginTime", Flags, "")]
    [InlineData(0, false, "back in the queue", Running, "Requeue=1 Restarts=1 BatchFlag=1 Reboot=0 ExitCode=0:0", "")]
    [InlineData(143, false, "the job is COMPLETING by Slurm's word: not requeued", "JobState=COMPLETING Reason=None", Flags, "")]
    [InlineData(143, false, "the job is CANCELLED", "JobState=CANCELLED Reason=None", Flags, "")]
    [InlineData(143, false, "preempted for good", "JobState=COMPLETING Reason=None", Flags, "PreemptTime=1700000000 SuspendTime=None")]
    [InlineData(69, false, "an interactive allocation", Running, "Requeue=1 Restarts=0 BatchFlag=0 Reboot=0 ExitCode=0:0", "")]
    public async Task Slurms_word_decides(int code, bool requeued, string words, string state, string flags, string preemption)
    {
        var path = _folder.FakeScontrol($"""
            if [ "$1 $2" = "show job" ]; then
              echo "JobId=7 JobName=JobState=CANCELLED"
              echo "   {state}"
              echo "   {flags}"
              echo "   {preemption}"
            fi
            """);
        var run = await _folder.Run(Program, path, "SLURM_JOB_ID=7");
        Assert.True(code == run.Code, run.Error);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        Assert.Equal(requeued ? ["3: show job 7", "2: requeue 7"] : ["3: show job 7"], _folder.Lines("asked").Where(line => !line.Contains("partition", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("35_3", "35_3", "SLURM_JOB_ID=35 SLURM_ARRAY_JOB_ID=35 SLURM_ARRAY_TASK_ID=3")]
    [InlineData("40", "40", "SLURM_JOB_ID=40 SLURM_JOB_ID_HET_GROUP_0=40 SLURM_JOB_ID_HET_GROUP_1=41")]
    public async Task One_element_and_the_leader_alone_are_requeued(string asked, string requeued, string variables)
    {
        var path = _folder.FakeScontrol($"echo '   {Running}'; echo '   {Flags}'");
        Assert.Equal(0, (await _folder.Run(Program, [path, .. variables.Split(' ')])).Code);
        Assert.Equal([$"3: show job {asked}", $"2: requeue {requeued}"], _folder.Lines("asked"));
    }

    // The scontrol answers as Slurm does: for plain jobs that have inherited another's variables, and for parts of arrays and of heterogeneous jobs.
    [Theory]
    [InlineData("80", "JobId=80 JobName=a", "SLURM_ARRAY_JOB_ID=77 SLURM_ARRAY_TASK_ID=3")]
    [InlineData("80", "JobId=80 ArrayJobId=77 ArrayTaskId=3 JobName=a", "SLURM_ARRAY_JOB_ID=77 SLURM_ARRAY_TASK_ID=3")]
    [InlineData("80", "JobId=80 JobName=a", "SLURM_JOB_ID_HET_GROUP_0=79")]
    [InlineData("79", "JobId=80 HetJobId=79 HetJobOffset=1 JobName=a", "SLURM_JOB_ID_HET_GROUP_0=79")]
    [InlineData("80", "JobId=80 JobName=HetJobId=79", "")]
    public async Task The_job_that_it_was_submitted_from_is_neither_asked_for_nor_requeued(string requeued, string heading, string variables)
    {
        // Of a job that is over for long Slurm knows nothing any more.
        var path = _folder.FakeScontrol($"[ \"$1 $3\" = 'show 80' ] || [ $1 = requeue ] || {{ echo 'Invalid job id specified' >&2; exit 1; }}; echo '{heading}'; echo '   {Running}'; echo '   {Flags}'");
        var run = await _folder.Run(Program, [path, "SLURM_JOB_ID=80", .. variables.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(["3: show job 80", "2: requeue " + requeued], _folder.Lines("asked"));
    }

    [Fact]
    public async Task What_a_site_says_in_front_is_passed_over()
    {
        var path = _folder.FakeScontrol($"echo Welcome; echo; echo 'News: JobState=FAILED is gone'; echo '   {Running}'; echo '   {Flags}'");
        Assert.Equal(0, (await _folder.Run(Program, path, "SLURM_JOB_ID=7")).Code);
        Assert.Equal(["3: show job 7", "2: requeue 7"], _folder.Lines("asked"));
    }

    [Fact]
    public async Task Only_the_first_rank_of_a_step_requeues()
    {
        var path = _folder.FakeScontrol($"echo '   {Running}'; echo '   {Flags}'");
        Assert.Equal((0, ""), await Of("SLURM_STEP_ID=0", "SLURM_PROCID=1"));
        Assert.Empty(_folder.Lines("asked"));
        Assert.Equal(0, (await Of("SLURM_STEP_ID=0", "SLURM_PROCID=0")).Code);
        Assert.Equal(2, _folder.Lines("asked").Length);

        async Task<(int Code, string Error)> Of(params string[] variables)
        {
            var run = await _folder.Run(Program, [path, "SLURM_JOB_ID=7", .. variables]);
            return (run.Code, run.Error);
        }
    }

    [Fact]
    public async Task A_requeue_that_is_forbidden_is_switched_on()
    {
        var path = _folder.FakeScontrol($$"""
            case "$1" in
              show) echo '   {{Running}}'; echo '   {{Flags}}' ;;
              update) touch switched ;;
              requeue) [ -e switched ] || { echo "Requested operation is presently disabled for job 7" >&2; exit 1; } ;;
            esac
            """);
        Assert.Equal(0, (await _folder.Run(Program, path, "SLURM_JOB_ID=7")).Code);
        Assert.Equal(["3: show job 7", "2: requeue 7", "3: update jobid=7 Requeue=1", "2: requeue 7"], _folder.Lines("asked"));
    }

    [Theory]
    [InlineData(0, "is requeued", "Job is pending execution for job 7")]
    [InlineData(69, "not requeued: Only batch jobs are accepted", "Only batch jobs are accepted or processed")]
    public async Task What_Slurm_says_to_the_requeue_counts(int code, string words, string answer)
    {
        var path = _folder.FakeScontrol($"[ $1 = requeue ] && {{ echo '{answer}' >&2; exit 1; }}; echo '   {Running}'; echo '   {Flags}'");
        var run = await _folder.Run(Program, path, "SLURM_JOB_ID=7");
        Assert.Equal(code, run.Code);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_fails_at_first_is_asked_for_again()
    {
        var path = _folder.FakeScontrol($"[ -e once ] || {{ touch once; echo 'Unable to contact slurm controller' >&2; exit 1; }}; echo '   {Running}'; echo '   {Flags}'");
        Assert.Equal(0, (await _folder.Run(Program, path, "SLURM_JOB_ID=7")).Code);
        Assert.Equal(["3: show job 7", "3: show job 7", "2: requeue 7"], _folder.Lines("asked"));
    }

    [Fact]
    public async Task Without_scontrol_it_says_how_to_do_it_by_hand()
    {
        var run = await _folder.Run("import os; os.environ['PATH'] = '/nowhere'\n" + Program, "SLURM_JOB_ID=7");
        Assert.Equal(69, run.Code);
        Assert.Contains("there is no scontrol here", run.Error, StringComparison.Ordinal);
        Assert.Contains("scontrol requeue 7", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
