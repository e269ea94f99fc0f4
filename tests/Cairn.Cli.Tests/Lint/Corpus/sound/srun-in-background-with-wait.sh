#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --ntasks=4
for i in 1 2 3 4; do
  srun --exact -n1 ./solve $i &
done
wait
