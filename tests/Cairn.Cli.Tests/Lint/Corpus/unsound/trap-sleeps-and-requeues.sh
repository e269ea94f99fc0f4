#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@180
trap 'echo warned; sleep 120; scontrol requeue $SLURM_JOB_ID; exit 0' USR1
python fit.py --resume &
wait
