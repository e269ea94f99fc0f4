#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap_handler () {
   touch "$HOME/mystopfile"
}
trap 'trap_handler' SIGUSR1
{ ./prog > out.txt; } &
PID=$!
wait "$PID"
RET=$?
while [ $RET -gt 128 ]; do wait $PID; RET=$?; done
