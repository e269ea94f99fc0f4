#!/bin/bash
#SBATCH --nodes=4 --ntasks-per-node=1 --time=6:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue --open-mode=append
export COORD=$(scontrol show hostnames | head -1):1234
srun python -u fit_jax.py --coordinator $COORD
