#!/bin/bash
#SBATCH -n 64 -t 12:00:00
module purge
module load lammps
mpirun -np $SLURM_NTASKS lmp -in in.melt
