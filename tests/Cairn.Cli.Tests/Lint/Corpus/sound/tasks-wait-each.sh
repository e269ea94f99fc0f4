#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
pids=()
trap 'for p in "${pids[@]}"; do kill -USR1 $p; done' USR1
for i in 1 2 3; do
  srun --exact -n1 ./solve $i &
  pids+=($!)
done
while ! wait; do :; done
