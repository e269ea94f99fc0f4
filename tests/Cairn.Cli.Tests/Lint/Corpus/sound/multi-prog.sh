#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
#SBATCH --ntasks=4
srun --multi-prog tasks.conf
