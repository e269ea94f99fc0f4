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
    }

    private static IEnumerable<string> Launch(JobPlan plan)
    {
        var wrapped = plan.Launcher == Launcher.Wrapper;
        // Who needs more time than usual needs it as well where no signal comes.
        if (wrapped)
            yield return "exec " + WrapperWords.OfJob(plan.Signal, plan.Lead, plan.Checkpoints is null ? null : "\"$CAIRN_CHECKPOINT_DIR\"");
        // Since 22.05 srun does not take the job's processors by itself.
        yield return plan.CpusPerTask is { } cpus ? $"srun --cpus-per-task={cpus}" : "srun";
        if (wrapped)
            yield return WrapperWords.OfTask(plan.Signal);
        if (plan.Container is { } image)
        {
            yield return "apptainer exec";
            if (plan.HasGpus)
                yield return "--nv";
            foreach (var bind in plan.Binds)
                yield return "--bind=" + Quoting.ForBash(bind);
            yield return Quoting.ForBash(image);
        }

        foreach (var word in plan.Program)
            yield return Quoting.ForBash(word);
    }
}
