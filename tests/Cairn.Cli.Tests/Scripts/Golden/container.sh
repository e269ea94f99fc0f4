#!/bin/bash
#SBATCH --job-name=train
#SBATCH --gpus-per-node=2
#SBATCH --time=10:00:00
#SBATCH --output=logs/%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
#SBATCH --requeue

exec cairn run --signal USR1 -- srun cairn run --task --signal USR1 -- apptainer exec --nv --bind=/scratch --bind=/data:/in 'my train.sif' python train.py
