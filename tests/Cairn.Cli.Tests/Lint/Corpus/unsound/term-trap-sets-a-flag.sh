#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
warned=0
on_signal() { warned=1; kill -USR1 "$pid"; }
trap on_signal USR1 TERM
python fit.py --resume &
pid=$!
while kill -0 $pid 2> /dev/null; do wait $pid; done
if [[ "${warned}" -eq 1 ]]; then
    scontrol requeue $SLURM_JOB_ID
fi
