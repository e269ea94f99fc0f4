#!/bin/bash
# submit with: sbatch --signal=B:USR1@120 job.sh
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
on_usr1() { kill -USR1 $pid; wait $pid; scontrol requeue "$SLURM_JOB_ID"; }
trap on_usr1 USR1
srun python fit.py &
pid=$!
wait $pid
