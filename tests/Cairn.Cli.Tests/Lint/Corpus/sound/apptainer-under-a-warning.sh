#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
srun apptainer exec --nv --bind /data image.sif python fit.py
