#!/bin/bash
#SBATCH --job-name=fit
#SBATCH --ntasks=8
#SBATCH --cpus-per-task=2
#SBATCH --time=12:00:00
#SBATCH --output=logs/%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=B:USR2@120
#SBATCH --requeue

module load mpich

exec cairn run -- srun --kill-on-bad-exit=1 --mpi=pmi2 --cpus-per-task=2 cairn run --task -- python fit.py
