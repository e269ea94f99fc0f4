#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
. ~/spack/share/spack/setup-env.sh
spack load gromacs
srun gmx_mpi mdrun -cpi state.cpt -maxh 11.5
