#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

trap 'kill -USR2 $pid' USR2
srun python train.py &
pid=$!
wait $pid
