#!/bin/bash
#SBATCH --ntasks=64
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

mpirun ./ocean --restart-dir restart
