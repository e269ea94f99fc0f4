#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --no-requeue
#SBATCH --signal=B:USR1@300
trap 'touch STOP; wait; sbatch "$0"; exit' USR1
mpirun -np 64 ./solver -restart &
wait
