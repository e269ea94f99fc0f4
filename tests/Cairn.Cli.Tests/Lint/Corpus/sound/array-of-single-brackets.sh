#!/bin/bash
#SBATCH --array=[2],[5],7-9
#SBATCH --output=log-%A_%3a.out
#SBATCH --time=10
./solve "$SLURM_ARRAY_TASK_ID"
