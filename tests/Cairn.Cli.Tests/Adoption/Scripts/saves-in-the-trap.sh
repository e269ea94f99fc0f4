#!/bin/bash
#SBATCH --time=60 --signal=B:USR1@120
trap 'cp -r /tmp/ckpt $HOME; scontrol requeue $SLURM_JOB_ID' USR1
python train.py &
wait
