#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --ntasks=16
module load parallel
parallel -j $SLURM_NTASKS "srun --exact -N1 -n1 ./solve {}" ::: $(seq 100)
