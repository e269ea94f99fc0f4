#!/bin/bash
#SBATCH --output=logs/%j/out.txt
#SBATCH --error=logs/%A/err.txt
#SBATCH --time=10
mkdir -p logs/$SLURM_JOB_ID
./solve
