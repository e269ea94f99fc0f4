#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --ntasks=4
#SBATCH --requeue
#SBATCH --open-mode=append

for seed in 1 2 3 4; do
    srun -n 1 cairn run --checkpoint-dir "ckpt/$seed" -- ./train "$seed" &
done
wait
