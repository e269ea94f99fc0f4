#!/bin/bash
#SBATCH --time=24:00:00 --nodes=2
#SBATCH --requeue --open-mode=append
#SBATCH --signal=TERM@120
srun -N 1 -n 1 ray start --head --block > /dev/null 2>&1 &
sleep 10
srun -N 1 -n 1 ray start --address "$(hostname):6379" --block > /dev/null 2>&1 &
python fit.py --resume
