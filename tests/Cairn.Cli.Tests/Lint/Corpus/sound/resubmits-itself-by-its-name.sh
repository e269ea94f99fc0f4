#!/bin/bash
#SBATCH --time=12:00:00
sbatch --dependency=afterany:$SLURM_JOB_ID $0
srun python fit.py --resume
