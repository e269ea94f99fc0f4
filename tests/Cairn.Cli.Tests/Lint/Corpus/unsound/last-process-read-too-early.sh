#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap "kill -USR1 $!" USR1
srun python fit.py &
while kill -0 $! 2> /dev/null; do wait $!; done
