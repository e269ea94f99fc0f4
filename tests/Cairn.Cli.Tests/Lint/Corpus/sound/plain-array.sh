#!/bin/bash
#SBATCH --array=1-100%10
#SBATCH --time=1:00:00
#SBATCH --output=logs-%A_%a.out
FILE=$(sed -n "${SLURM_ARRAY_TASK_ID}p" files.txt)
python analyse.py "$FILE"
