#!/bin/bash
#SBATCH --time=1:00:00
#SBATCH --ntasks=4
for i in 1 2 3 4; do
    srun --exact -n 1 python part.py "$i" > "part$i.log" 2>&1 &
done
wait
