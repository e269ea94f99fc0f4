#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
trap 'kill -USR1 $pid; while kill -0 $pid 2> /dev/null; do wait $pid; done; sbatch next.sh; exit' USR1
srun python fit.py --resume &
pid=$!
wait $pid
