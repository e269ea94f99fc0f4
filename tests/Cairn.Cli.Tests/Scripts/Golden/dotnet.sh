#!/bin/bash
#SBATCH --job-name=Train
#SBATCH --cpus-per-task=4
#SBATCH --time=1-00:00:00
#SBATCH --output=logs/%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=USR2@120
#SBATCH --requeue

srun --cpus-per-task=4 dotnet Train.dll --epochs 3
