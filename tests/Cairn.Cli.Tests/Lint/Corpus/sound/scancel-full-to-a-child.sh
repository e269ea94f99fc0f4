#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap 'scancel --full --signal=USR2 $SLURM_JOB_ID; wait' USR1
python fit.py --resume &
wait
