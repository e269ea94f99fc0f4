#!/bin/bash
#SBATCH --time=6:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

eval "$(conda shell.bash hook)"
conda activate torch
srun python train.py
