#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
source ~/miniconda3/etc/profile.d/conda.sh
conda activate torch
srun python fit.py
