#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap 'kill -USR1 $pid; wait $pid; sbatch next.sh' USR1
srun python fit.py --resume &
pid=$!
wait $pid
