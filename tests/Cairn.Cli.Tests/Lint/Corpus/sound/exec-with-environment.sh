#!/bin/bash
#SBATCH --time=8:00:00
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append

exec env OMP_NUM_THREADS=8 nice -n 5 python train.py --resume
