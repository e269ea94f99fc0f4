#!/bin/bash
#SBATCH --time=60 --signal=B:USR1@120 --array=0-3
trap 'scontrol requeue $SLURM_JOB_ID' USR1
srun python train.py --resume & wait
