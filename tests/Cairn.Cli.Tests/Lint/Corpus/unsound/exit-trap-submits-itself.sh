#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
trap 'sbatch ${BASH_SOURCE[0]}' EXIT
srun python fit.py --resume
