namespace Cairn.Cli.Submissions;

/// <summary>What a job's script calls when the work is done and no <c>cairn run</c> is there to do it.</summary>
internal static class ChainFinished
{
    public static int Run(string recordFile)
    {
        var (done, sentence) = Chain.CancelRest(recordFile, Environment.GetEnvironmentVariable("SLURM_JOB_ID"));
        Console.Error.WriteLine($"cairn: {sentence}");
        return done ? ExitCodes.Success : ExitCodes.RequeueFailed;
    }
}
