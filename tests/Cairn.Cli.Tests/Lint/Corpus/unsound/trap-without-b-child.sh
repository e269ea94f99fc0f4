#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

trap 'touch stop; wait' USR1
python train.py --resume --stop-file stop &
wait
