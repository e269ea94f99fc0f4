#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap "kill -USR1 $(jobs -p); wait; scontrol requeue $SLURM_JOB_ID" USR1
srun ./fit --resume &
wait
