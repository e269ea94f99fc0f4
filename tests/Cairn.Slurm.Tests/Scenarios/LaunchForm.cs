namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>How a batch script launches the program, which decides what the program hears.</summary>
internal enum LaunchForm
{
    /// <summary>As a task of a step.</summary>
    Srun,

    /// <summary>In place of the batch shell.</summary>
    Exec,

    /// <summary>As a child of the batch shell.</summary>
    Child,

    /// <summary>As a child of a task that does not forward signals.</summary>
    TaskChild,
}

internal static class LaunchForms
{
    /// <summary>The batch script. Two commands where the program shall be a child: no shell replaces itself by the first.</summary>
    public static string Script(this LaunchForm form, string program, string arguments) => "#!/bin/bash\n" + form switch
    {
        LaunchForm.Srun => $"srun '{program}' {arguments}\n",
        LaunchForm.Exec => $"exec '{program}' {arguments}\n",
        LaunchForm.Child => $"'{program}' {arguments}\nexit $?\n",
        _ => $"""srun bash -c 'trap : USR2 TERM; "$@"; exit $?' task '{program}' {arguments}""" + "\n",
    };
}
