#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=TERM@120
trap 'scontrol requeue $SLURM_JOB_ID' TERM
python3 fit.py --resume
