#!/bin/bash
#SBATCH --export=NONE
#SBATCH --time=1:00:00
unset SLURM_EXPORT_ENV
export OMP_NUM_THREADS=4
srun ./model
