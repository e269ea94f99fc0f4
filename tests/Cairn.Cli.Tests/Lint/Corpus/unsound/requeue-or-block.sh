#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
cd work && srun python fit.py --resume || { echo again; scontrol requeue $SLURM_JOB_ID; }
