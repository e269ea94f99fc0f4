#!/bin/bash
#SBATCH --export=NONE
#SBATCH --time=1:00:00
module load gcc
srun ./model
