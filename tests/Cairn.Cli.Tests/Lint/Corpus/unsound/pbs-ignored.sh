#!/bin/bash
#SBATCH --ignore-pbs
#PBS -l walltime=00:30:00
#SBATCH --signal=USR1@120
#SBATCH --requeue --open-mode=append
srun ./solve
