#!/bin/bash
#SBATCH --array=0-9%
#SBATCH --output=%04a.out --error=%04j.err
#SBATCH --time=10
./solve "$SLURM_ARRAY_TASK_ID"
