#!/bin/bash
#SBATCH --time=1:00:00
#SBATCH --output=/dev/null
#SBATCH --signal=USR2@120
#SBATCH --requeue
declare -a seeds=(1 2 3)
exec > >(tee -a "run-$SLURM_JOB_ID.log") 2>&1
srun python train.py --seeds "${seeds[@]}" --resume
