#!/bin/bash
#SBATCH --time=12:00:00 --nodes=2 --ntasks-per-node=4
module load openmpi
srun --wait=60 ./solve
