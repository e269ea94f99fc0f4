#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap 'scancel --signal=USR1 $SLURM_JOB_ID; scontrol requeue $SLURM_JOB_ID' USR1
srun python fit.py --resume &
wait
