#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
trap 'kill $pid; cp -r out $HOME; exit 0' USR1
./server &
pid=$!
wait $pid
