#!/bin/bash
#SBATCH --array=3-3
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap 'kill -USR1 $pid; wait $pid; scontrol requeue $SLURM_JOB_ID' USR1
srun ./solve &
pid=$!
wait $pid
