#compdef cairn
# Completion of cairn for zsh.
_cairn()
{
    local -i dash=${words[(i)--]}
    # What follows is another program's command line.
    if ((dash < CURRENT)); then
        words=("${(@)words[dash + 1, -1]}")
        ((CURRENT -= dash))
        _normal
        return
    fi

    local line
    local -a answers
    for line in "${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2, CURRENT]}" 2> /dev/null)}"; do
        [[ -z $line ]] || answers+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if (($#answers)); then
        _describe -V cairn answers
    else
        _files
    fi
}
# Found in fpath it is called at once, sourced it is made known.
if [[ $funcstack[1] == _cairn ]]; then
    _cairn "$@"
else
    compdef _cairn cairn
fi
