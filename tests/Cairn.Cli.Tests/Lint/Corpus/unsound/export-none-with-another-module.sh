#!/bin/bash
#SBATCH --export=NONE
#SBATCH --time=10
module load gcc
srun ./solve
