#!/bin/bash
#SBATCH --time=12:00:00
if [ -z "$SLURM_JOB_ID" ]; then
  exec sbatch "$0" "$@"
fi
python train.py --lr 0.1
