#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
trap 'scancel --signal=USR1 $SLURM_JOB_ID' USR2
srun ./solve
