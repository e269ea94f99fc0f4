#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

trap 'echo requeue; scontrol requeue $SLURM_JOB_ID' SIGUSR1
srun python train.py &
wait
