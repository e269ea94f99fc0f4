#!/bin/bash
#SBATCH --job-name=train
#SBATCH --time=12:00:00
#SBATCH --output=logs/%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=B:USR2@120
#SBATCH --requeue

exec cairn run -- srun cairn run --task -- python train.py
