#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
srun ./fit --resume
if (( $? )); then
  scontrol requeue $SLURM_JOB_ID
fi
