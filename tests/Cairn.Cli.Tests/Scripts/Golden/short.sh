#!/bin/bash
#SBATCH --job-name="a #1 job"
#SBATCH --time=00:03:00
#SBATCH --output=logs/%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=B:USR2@60
#SBATCH --requeue

exec cairn run -- srun cairn run --task -- ./train
