#!/bin/bash
#SBATCH --time=24:00:00
#SBATCH --ntasks=4
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

exec cairn run -- srun cairn run --task -- python train.py
