#!/bin/bash
#SBATCH --job-name=DataParallel
#SBATCH --nodes=1
#SBATCH --ntasks=4
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
#SBATCH --output=logs/%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=USR2@120
#SBATCH --requeue

export CAIRN_CHECKPOINT_DIR=checkpoints

srun --kill-on-bad-exit=1 --cpus-per-task=1 ./DataParallel
