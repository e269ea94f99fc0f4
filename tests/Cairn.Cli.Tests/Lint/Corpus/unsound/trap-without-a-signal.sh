#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
on_usr1() { scontrol requeue "$SLURM_JOB_ID"; }
trap on_usr1 USR1
srun python fit.py
