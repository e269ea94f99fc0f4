#!/bin/bash
#SBATCH --time=12:00:00 --nodes=2 --ntasks-per-node=4
#SBATCH --signal=USR2@120 --requeue --open-mode=append
export SLURM_MPI_TYPE=pmi2 SLURM_KILL_BAD_EXIT=1
srun python programs/world.py --resume
