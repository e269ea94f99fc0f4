#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap "kill -USR1 $pid" USR1
srun python fit.py &
pid=$!
while kill -0 $pid 2> /dev/null; do wait $pid; done
