#!/bin/bash
#SBATCH --time=6:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

function prepare {
    case "$1" in
        small|tiny) size=10 ;;
        *) size=$(( 10 * (2 + 3) )) ;;
    esac
    [[ -d data && ( -f data/a || -f data/b ) ]] || { echo "no data" >&2; exit 1; }
}
prepare "${1:-small}"
arr=(a b "c d")
for ((i = 0; i < ${#arr[@]}; i++)); do echo "${arr[$i]}"; done
srun ./train --size "$size"
