#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

exec cairn run --signal SIGUSR1 --warn-with USR2 -- srun cairn run --task -- python train.py
