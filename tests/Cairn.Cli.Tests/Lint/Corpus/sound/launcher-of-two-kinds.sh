#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
if [ "$SLURM_NTASKS" -gt 1 ]; then LAUNCH=srun; else LAUNCH=; fi
$LAUNCH python fit.py
