#!/bin/bash
#SBATCH --time=60
#SBATCH --signal=KILL@120
srun python train.py
