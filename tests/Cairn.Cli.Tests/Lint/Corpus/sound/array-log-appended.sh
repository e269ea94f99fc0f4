#!/bin/bash
#SBATCH --array=0-3
#SBATCH --output=all.log --open-mode=append
#SBATCH --time=10
./solve "$SLURM_ARRAY_TASK_ID"
