#!/bin/bash
#SBATCH --time=60 --signal=B:USR1@120
trap '[[ $SLURM_RESTART_COUNT -lt 5 ]] && scontrol requeue $SLURM_JOB_ID' USR1
python train.py &
wait
