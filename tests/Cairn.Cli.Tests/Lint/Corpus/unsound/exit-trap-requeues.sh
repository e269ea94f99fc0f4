#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
trap 'scontrol requeue $SLURM_JOB_ID' EXIT
python fit.py
