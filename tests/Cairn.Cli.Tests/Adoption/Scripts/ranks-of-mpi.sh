#!/bin/bash
#SBATCH --time=60 --ntasks=8
module load mpich
srun -K --mpi=pmi2 --wait=0 python world.py --steps 3
