#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap 'kill -2 $pid; wait $pid; scontrol requeue $SLURM_JOB_ID' USR1
srun python fit.py &
pid=$!
wait $pid
