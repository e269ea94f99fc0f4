#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
if [ -f last.pt ]; then
  srun python fit.py --resume last.pt
else
  srun python fit.py
fi
