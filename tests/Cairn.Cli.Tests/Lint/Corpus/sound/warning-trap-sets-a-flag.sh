#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
warned=0
trap 'warned=1; kill -USR1 "$pid"' USR1
trap 'kill -USR1 "$pid"' TERM
python fit.py --resume &
pid=$!
while kill -0 $pid 2> /dev/null; do wait $pid; done
if [[ $warned -eq 1 ]]; then scontrol requeue $SLURM_JOB_ID; fi
