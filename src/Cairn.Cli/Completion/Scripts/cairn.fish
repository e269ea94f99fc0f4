# Completion of cairn for fish 3 and later.
function __cairn_complete
    set -l before (commandline --cut-at-cursor --current-process --tokenize)
    set -l unfinished (commandline --cut-at-cursor --current-token)
    # What follows is another program's command line.
    if set -l dash (contains --index -- -- $before)
        set -l rest $before[(math $dash + 1)..]
        complete --do-complete (string join ' ' -- (string escape -- $rest) $unfinished)
        return
    end
    set -l answers ($before[1] __complete $before[2..] "$unfinished" 2> /dev/null)
    if set -q answers[1]
        printf '%s\n' $answers
    else
        __fish_complete_path "$unfinished"
    end
end
complete --command cairn --no-files --arguments '(__cairn_complete)'
