#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
python fit.py --resume || code=$?
if (( code != 0 )); then scontrol requeue $SLURM_JOB_ID; fi
