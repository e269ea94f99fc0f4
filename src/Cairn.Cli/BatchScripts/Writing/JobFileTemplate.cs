using System.Text;

namespace Cairn.Cli.BatchScripts.Writing;

/// <summary>The commented file that <c>cairn init</c> writes.</summary>
internal static class JobFileTemplate
{
    public static string Text { get; } = Write();

    private static string Write()
    {
        var text = new StringBuilder(
            """
            # A job for `cairn script --config job.toml` and `cairn submit --config job.toml`.
            # What is commented out is not said; options of the command line win over this file.

            # the program and its arguments
            program = ["python", "train.py"]

            """.ReplaceLineEndings("\n"));
        foreach (var setting in JobSetting.All)
            text.Append($"\n# {setting.Description}\n{(setting.Name == "time" ? "" : "# ")}{setting.Name} = {setting.Example}\n");
        return text.ToString();
    }
}
