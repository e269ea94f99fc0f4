#!/bin/bash
#SBATCH --time=12:00:00
next=$(sbatch --parsable --dependency=afterany:$SLURM_JOB_ID "$0")
python train.py --resume && scancel "$next"
