#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
again() { sbatch "$0"; }
trap again USR1 TERM
srun python fit.py --resume &
wait
