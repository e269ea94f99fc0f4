#!/bin/bash -e
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
mkdir run_$SLURM_JOB_ID
srun python fit.py --out run_$SLURM_JOB_ID --resume
