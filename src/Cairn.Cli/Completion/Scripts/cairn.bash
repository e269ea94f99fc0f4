# Completion of cairn for bash 4 and later.
_cairn()
{
    local i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        # What follows is another program's command line; bash-completion knows how to complete that.
        if [[ ${COMP_WORDS[i]} == -- ]]; then
            if declare -F _command_offset > /dev/null; then
                _command_offset $((i + 1))
            elif ((i + 1 == COMP_CWORD)); then
                mapfile -t COMPREPLY < <(compgen -c -- "$2")
            fi
            return
        fi
    done
    mapfile -t COMPREPLY < <("$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
    COMPREPLY=("${COMPREPLY[@]%%$'\t'*}")
}
# No answer: a file.
complete -o bashdefault -o default -F _cairn cairn
