#!/bin/bash
#SBATCH --time=1:00:00
#SBATCH --ntasks=XXXmpinodesXXX
#SBATCH --partition=XXXqueueXXX
mpirun ./refine
