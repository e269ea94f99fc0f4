#!/bin/bash
#SBATCH --time=60
sbatch --dependency=afterany:$SLURM_JOB_ID job.sh
python train.py
