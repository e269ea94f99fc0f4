#!/bin/bash
#SBATCH --time=2:00:00
#SBATCH --array=1-10
#SBATCH --output=sweep.txt
#SBATCH --no-requeue
#SBATCH --open-mode=truncate
python train.py --seed $SLURM_ARRAY_TASK_ID
