#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
again() { if scontrol show job $SLURM_JOB_ID | grep -q JobState=RUNNING; then scontrol requeue $SLURM_JOB_ID; fi; }
trap again TERM
srun python fit.py &
wait
