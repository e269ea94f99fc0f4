#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR1@120
#SBATCH --open-mode=truncate
srun python fit.py --resume
