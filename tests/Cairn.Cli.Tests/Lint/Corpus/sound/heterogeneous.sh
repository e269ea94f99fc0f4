#!/bin/bash
#SBATCH --job-name=coupled
#SBATCH --partition=long
#SBATCH --ntasks=1
#SBATCH --mem=64G
#SBATCH --time=6:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH hetjob
#SBATCH --partition=short
#SBATCH --ntasks=32
#SBATCH --mem-per-cpu=2G
#SBATCH PackJob   # as it was called once
#SBATCH --ntasks=4
#SBATCH --tasks-per-node=2

exec cairn run -- srun --het-group=0,1,2 cairn run --task -- ./coupled --resume
