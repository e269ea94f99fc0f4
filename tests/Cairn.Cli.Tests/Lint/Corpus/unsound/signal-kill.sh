#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=KILL@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun python train.py
