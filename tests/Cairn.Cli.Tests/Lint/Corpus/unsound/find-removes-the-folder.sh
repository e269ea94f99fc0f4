#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
SAVE=runs/a
find $SAVE -mindepth 1 -exec rm -r {} +
srun ./fit --save-dir $SAVE --resume
