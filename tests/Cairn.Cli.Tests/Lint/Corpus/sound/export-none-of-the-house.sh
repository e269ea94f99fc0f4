#!/bin/bash
#SBATCH --export=NONE
#SBATCH --time=10
module load slurm_setup
srun ./solve
