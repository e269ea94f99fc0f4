#!/bin/bash
#SBATCH -J nf-align_(1)
#SBATCH -o /dev/null
#SBATCH --no-requeue
#SBATCH --signal B:USR2@30
#SBATCH -c 4
#SBATCH -t 04:00:00
#SBATCH --mem 16384M
# NEXTFLOW TASK: align (1)
set -e
set -u
NXF_DEBUG=${NXF_DEBUG:=0}; [[ $NXF_DEBUG > 1 ]] && set -x
NXF_ENTRY=${1:-nxf_main}
nxf_kill() {
    kill -0 $1 2>/dev/null && kill $1
}
on_exit() {
    exit_status=${nxf_main_ret:=$?}
    printf -- $exit_status > .exitcode
    sync || true
    exit $exit_status
}
on_term() {
    set +e
    [[ "$pid" ]] && nxf_kill $pid
}
nxf_launch() {
    /bin/bash -ue .command.sh
}
nxf_main() {
    trap on_exit EXIT
    trap on_term TERM INT USR2
    trap '' USR1
    cd work
    set +e
    (set -o pipefail; (nxf_launch | tee .command.out) 3>&1 1>&2 2>&3 | tee .command.err) &
    pid=$!
    wait $pid || nxf_main_ret=$?
    wait $pid
}
$NXF_ENTRY
