#!/bin/bash
#SBATCH -N 2 --ntasks-per-node=32
#SBATCH -t 24:00:00
export OMP_NUM_THREADS=1
cp INCAR POSCAR POTCAR KPOINTS $SCRATCH/run/
cd $SCRATCH/run
srun vasp_std > vasp.out
cp CONTCAR OUTCAR $SLURM_SUBMIT_DIR/
