#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --open-mode=append
#SBATCH --signal=USR2@120
srun ./train
