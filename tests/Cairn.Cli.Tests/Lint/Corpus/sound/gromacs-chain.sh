#!/bin/bash
#SBATCH --time=24:00:00
#SBATCH --nodes=2 --ntasks-per-node=48
module load gromacs/2023
srun gmx_mpi mdrun -s topol.tpr -cpi state.cpt -append -maxh 23.5
if [ ! -f confout.gro ]; then
  sbatch $0
fi
