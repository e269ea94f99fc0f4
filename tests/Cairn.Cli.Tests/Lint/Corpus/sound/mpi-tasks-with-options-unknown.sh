#!/bin/bash
#SBATCH --time=12:00:00 --nodes=2 --ntasks-per-node=4
#SBATCH --signal=USR2@120 --requeue --open-mode=append
srun $SRUN_OPTIONS python programs/world.py --resume
