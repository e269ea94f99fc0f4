using System.CommandLine;
using Cairn.Cli.Output;
using Cairn.Cli.Stories;
using Cairn.JsonForms;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn why</c>.</summary>
internal static class WhyCommand
{
    private const string Description =
        """
        Tells in plain words why a run's newest attempt ended: what ended it, who said so, what Cairn did, what was lost, what to do next.

        Examples:
          cairn why                             the run of this folder
          cairn why 4711                        a job
          cairn why checkpoints --attempt 3     an earlier attempt

        Of a job that left no journal it tells what Slurm still knows, which forgets a job minutes after its end where it keeps no
        accounts. cairn show --attempts has every event. Nothing is changed.

        Exit codes:
          0    told
          2    there is no such job, folder or attempt, or the command line is wrong
        """;

    public static Command Create()
    {
        var word = new Argument<string?>("JOB | FOLDER") { Description = "a job's id, or a checkpoint folder or what lies above it [the run of this folder]", Arity = ArgumentArity.ZeroOrOne };
        var number = new Option<int?>("--attempt") { HelpName = "N", Description = "this attempt [the newest]" };
        var format = OutputFormat.Option("text");
        var command = new Command("why", Description) { word, number, format };
        command.SetAction(parsed =>
        {
            var json = OutputFormat.IsJson(parsed.GetValue(format)!, "text");
            var (asked, attempt) = (parsed.GetValue(word), parsed.GetValue(number));
            foreach (var (folder, why) in Answers(asked, attempt))
            {
                if (json)
                    Console.Out.WriteLine(Json(folder, why));
                else
                    Console.Out.WriteLine(Printable.Of($"{(folder is null ? "" : $"{folder}: ")}{why.Paragraph}"));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static List<(string? Folder, Why Why)> Answers(string? asked, int? attempt)
    {
        List<(string?, Why)> answers = [];
        List<string> missing = [];
        IReadOnlyList<FoundRun> runs;
        try
        {
            (runs, var remarks) = RunSearch.Find(asked is null ? ["."] : [asked]);
            foreach (var remark in remarks)
                Console.Error.WriteLine($"cairn: {remark}");
        }
        catch (UsageException) when (asked is not null && RunSearch.IsJob(asked))
        {
            runs = []; // Slurm may know more of it
        }

        foreach (var run in runs)
        {
            if (run.Folder is not { } folder)
                continue;
            var story = RunStory.Read(folder, TimeProvider.System.GetUtcNow());
            if (Of(story, run.Queued, asked, attempt) is { } why)
                answers.Add((folder, why));
            else
                missing.Add(attempt is null ? $"no attempt has begun in {folder}, or its journals are gone" : $"there is no attempt {attempt} in {folder}; there are {story.Attempts.Count}, cairn ls lists them");
        }

        if (answers.Count == 0 && missing.Count > 0)
            throw new UsageException(string.Join("; ", missing) + ".");
        foreach (var one in missing)
            Console.Error.WriteLine($"cairn: {one}");

        if (answers.Count == 0 && asked is not null)
        {
            var works = runs.FirstOrDefault(run => run.Queued is not null)?.Queued?.WorkFolder;
            answers.Add((null, SlurmsWord.Of(asked, works is not null && !RunFolders.IsListed(works) ? works : null)));
        }

        return answers;
    }

    // Null where there is no attempt of that number, or none at all.
    private static Why? Of(RunStory story, QueuedJob? queued, string? asked, int? number)
    {
        var at = -1;
        for (var i = 0; i < story.Attempts.Count; i++)
        {
            var one = story.Attempts[i];
            if (number is { } wanted ? one.Number == wanted : asked is null || !RunSearch.IsJob(asked) || one.Job == asked)
                at = i;
        }

        if (at < 0 && number is null)
            at = story.Attempts.Count - 1;
        if (at < 0)
            return null;
        return Why.Of(story, story.Attempts[at], at + 1 < story.Attempts.Count ? story.Attempts[at + 1] : null, queued);
    }

    private static string Json(string? folder, Why why) => JsonWriting.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteIfThere("folder", folder);
        json.WriteIfThere("attempt", why.Attempt == 0 ? null : why.Attempt);
        json.WriteString("ended", why.Ended);
        json.WriteIfThere("said_by", why.SaidBy);
        json.WriteIfThere("decided", why.Decided);
        json.WriteIfThere("lost", why.Lost.Length > 0 ? why.Lost : null);
        json.WriteString("next", why.Next);
        json.WriteEndObject();
    });
}
