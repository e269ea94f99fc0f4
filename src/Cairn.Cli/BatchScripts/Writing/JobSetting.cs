namespace Cairn.Cli.BatchScripts.Writing;

/// <summary>Something that can be said of a job, as an option and in a job's file by the same name.</summary>
/// <param name="Name">Without the dashes; sbatch's own name where sbatch has one.</param>
/// <param name="HelpName">What stands for the value in help.</param>
/// <param name="Description">For help, and as the comment in the file that <c>cairn init</c> writes.</param>
/// <param name="Example">A value, as TOML.</param>
/// <param name="Many">It may be given several times.</param>
internal sealed record JobSetting(string Name, string HelpName, string Description, string Example, bool Many = false)
{
    public static IReadOnlyList<JobSetting> All { get; } =
    [
        new("time", "TIME", "wall time of one attempt, as 12h, 90 (minutes), 12:00:00 or 1-12:00:00; the one thing that has to be said", "\"12:00:00\""),
        new("launcher", "wrapper|srun|dotnet", "who looks after the program: cairn run; itself as a task of srun (it handles the warning and requeues); the same for .NET [wrapper]", "\"wrapper\""),
        new("job-name", "NAME", "the job's name [the program's]", "\"train\""),
        new("account", "NAME", "who pays", "\"physics\""),
        new("partition", "NAME[,NAME]", "where it may run [the cluster's default]", "\"gpu\""),
        new("qos", "NAME", "quality of service", "\"normal\""),
        new("constraint", "FEATURES", "what the nodes must have", "\"a100\""),
        new("nodes", "N", "how many nodes [1]", "1"),
        new("ntasks", "N", "tasks of the program in all [1]", "1"),
        new("ntasks-per-node", "N", "tasks on each node", "4"),
        new("cpus-per-task", "N", "processors of a task", "8"),
        new("mem", "SIZE", "memory of a node, with its unit: 16G", "\"16G\""),
        new("gpus-per-node", "[TYPE:]N", "GPUs of a node", "4"),
        new("mpi", "TYPE|auto", "the program uses MPI: srun's --mpi, as pmi2 (MPICH) or pmix (OpenMPI); auto: what this site has, where that is one", "\"pmi2\""),
        new("array", "TASKS", "a job array: 0-15, 1,3,5 or 0-15%4", "\"0-15%4\""),
        new("signal", "NAME", "the warning before the limit [USR2]", "\"USR2\""),
        new("lead", "DURATION", "how long before the limit it comes: the longest step and a save, doubled [120s]", "\"120s\""),
        new("logs", "DIR", "the folder of the logs [logs]", "\"logs\""),
        new("checkpoint-dir", "DIR", "CAIRN_CHECKPOINT_DIR for the program; each element of an array gets a folder below it", "\"checkpoints\""),
        new("module", "NAME", "a module to load", "[\"cuda/12.4\"]", Many: true),
        new("conda", "NAME", "a conda environment to activate", "\"torch\""),
        new("venv", "DIR", "a Python virtual environment to activate", "\".venv\""),
        new("env", "NAME=VALUE", "a variable for the program", "[\"OMP_NUM_THREADS=8\"]", Many: true),
        new("container", "IMAGE", "an image in which apptainer runs the program", "\"train.sif\""),
        new("bind", "SRC[:DST]", "a folder that the container sees", "[\"/scratch\"]", Many: true),
    ];

    public static JobSetting? Find(string name) => All.FirstOrDefault(setting => setting.Name == name);
}

/// <summary>A value, and who gave it: <c>--time</c>, or <c>job.toml:3: time</c>.</summary>
internal sealed record Given(string Text, string Where);

/// <summary>Everything that was said of a job, in options and in a file.</summary>
internal sealed class JobValues
{
    private readonly Dictionary<string, List<Given>> _values = new(StringComparer.Ordinal);

    /// <summary>The program and its arguments.</summary>
    public IReadOnlyList<string> Program { get; set; } = [];

    public bool IsEmpty => _values.Count == 0 && Program.Count == 0;

    public void Set(string name, IEnumerable<Given> values) => _values[name] = [.. values];

    /// <summary>What was said later wins; of what may be given several times all counts.</summary>
    public void Override(JobValues later)
    {
        foreach (var (name, values) in later._values)
            Set(name, JobSetting.Find(name)!.Many ? [.. Many(name), .. values] : values);
        if (later.Program.Count > 0)
            Program = later.Program;
    }

    public Given? One(string name) => _values.TryGetValue(name, out var values) ? values[^1] : null;

    public IReadOnlyList<Given> Many(string name) => _values.TryGetValue(name, out var values) ? values : [];
}
