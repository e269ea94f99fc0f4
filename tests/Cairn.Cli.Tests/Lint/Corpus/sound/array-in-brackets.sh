#!/bin/bash
#SBATCH --array=[0-29]%10
#SBATCH --output=log-%A_%a.out
#SBATCH --time=10
srun ./solve "$SLURM_ARRAY_TASK_ID"
