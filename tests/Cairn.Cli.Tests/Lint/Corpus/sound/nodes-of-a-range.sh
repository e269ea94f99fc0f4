#!/bin/bash
#SBATCH -N 2-4
#SBATCH --ntasks=+8
#SBATCH --time=10
srun ./solve
