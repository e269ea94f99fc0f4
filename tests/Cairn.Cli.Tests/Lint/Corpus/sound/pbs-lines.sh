#!/bin/bash
#PBS -l walltime=00:30:00
#PBS -N old
#SBATCH --signal=USR1@120
#SBATCH --requeue --open-mode=append
srun ./solve
