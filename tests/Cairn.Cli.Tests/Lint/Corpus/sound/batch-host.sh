#!/bin/bash
#SBATCH --time=1:00:00
#SBATCH --constraint=knl|haswell
#SBATCH --batch=haswell
#SBATCH --context=user_u
#SBATCH --tasks-per-node=2
srun ./model
