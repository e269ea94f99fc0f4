#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
trap 'sbatch clean-up.sh' TERM
srun python fit.py --resume &
wait
