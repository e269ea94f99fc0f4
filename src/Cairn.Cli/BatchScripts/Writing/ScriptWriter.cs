using System.Text;

namespace Cairn.Cli.BatchScripts.Writing;

/// <summary>The text of a job's batch script.</summary>
internal static class ScriptWriter
{
    public static string Write(JobPlan plan)
    {
        var text = new StringBuilder("#!/bin/bash\n");
        foreach (var (name, value) in plan.Directives)
            text.Append(value is null ? $"#SBATCH --{name}\n" : $"#SBATCH --{name}={value}\n");
        text.Append('\n');
        var before = text.Length;
        foreach (var line in Preparations(plan))
            text.Append(line).Append('\n');
        if (text.Length > before)
            text.Append('\n');
        return text.AppendJoin(' ', Launch(plan)).Append('\n').ToString();
    }

    private static IEnumerable<string> Preparations(JobPlan plan)
    {
        if (plan.Modules.Count > 0)
            yield return "module load " + string.Join(' ', plan.Modules.Select(Quoting.ForBash));
        if (plan.Conda is { } conda)
        {
            yield return "source \"$(conda info --base)/etc/profile.d/conda.sh\"";
            yield return "conda activate " + Quoting.ForBash(conda);
        }

        if (plan.VirtualEnvironment is { } folder)
            yield return "source " + Quoting.ForBash(folder.TrimEnd('/') + "/bin/activate");
        foreach (var (name, value) in plan.Environment)
            yield return $"export {name}={Quoting.ForBash(value)}";
        if (plan.Checkpoints is { } checkpoints)
            yield return $"export CAIRN_CHECKPOINT_DIR={Quoting.ForBash(checkpoints.Length > 1 ? checkpoints.TrimEnd('/') : checkpoints)}{(plan.IsArray ? "/\"$SLURM_ARRAY_TASK_ID\"" : "")}";
        if (MeetsOnFirstNode(plan))
            yield return "head=$(scontrol show hostnames \"$SLURM_JOB_NODELIST\" | head -n 1)";
    }

    private static bool MeetsOnFirstNode(JobPlan plan) => plan is { Launcher: Launcher.Wrapper, LauncherWords: > 0, HasSeveralNodes: true };

    private static IEnumerable<string> Launch(JobPlan plan)
    {
        var wrapped = plan.Launcher == Launcher.Wrapper;
        // Who needs more time than usual needs it as well where no signal comes.
        if (wrapped)
            yield return "exec " + WrapperWords.OfJob(plan.Signal, plan.Lead, plan.Checkpoints is null ? null : "\"$CAIRN_CHECKPOINT_DIR\"");
        // On one node a launcher is the one task that there is, and the batch step has all of the job's processors.
        if (!wrapped || plan.LauncherWords == 0 || plan.HasSeveralNodes)
        {
            yield return "srun";

            // Ranks wait for one another, and for a dead one too.
            if (plan.HasSeveralRanks)
                yield return "--kill-on-bad-exit=1";
            if (plan.Mpi is { } mpi)
                yield return $"--mpi={mpi}";

            // Since 22.05 srun does not take the job's processors by itself.
            if (plan.CpusPerTask is { } cpus)
                yield return $"--cpus-per-task={cpus}";
            if (wrapped)
                yield return WrapperWords.OfTask(plan.Signal);
        }

        if (plan.Container is { } image)
        {
            yield return "apptainer exec";
            if (plan.HasGpus)
                yield return "--nv";
            foreach (var bind in plan.Binds)
                yield return "--bind=" + Quoting.ForBash(bind);
            yield return Quoting.ForBash(image);
        }

        for (var i = 0; i < plan.Program.Count; i++)
        {
            // Options that were given come behind these and win.
            if (i == plan.LauncherWords && MeetsOnFirstNode(plan))
                yield return "--nnodes=\"$SLURM_NNODES\" --rdzv_id=\"$SLURM_JOB_ID\" --rdzv_backend=c10d --rdzv_endpoint=\"$head:29500\"";
            yield return Quoting.ForBash(plan.Program[i]);
        }
    }
}
