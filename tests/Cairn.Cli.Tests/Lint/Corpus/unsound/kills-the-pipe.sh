#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

trap 'kill -USR2 $pid' USR2
srun python train.py | tee train.log &
pid=$!
while kill -0 $pid 2> /dev/null; do wait $pid; done
