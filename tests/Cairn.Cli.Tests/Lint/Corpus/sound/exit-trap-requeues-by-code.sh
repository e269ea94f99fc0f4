#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
finish() { code=$?; if [ $code -eq 75 ]; then scontrol requeue $SLURM_JOB_ID; fi; }
trap finish EXIT
python fit.py
