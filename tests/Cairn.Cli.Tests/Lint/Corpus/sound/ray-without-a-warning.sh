#!/bin/bash
#SBATCH --time=24:00:00 --nodes=2
srun -N 1 -n 1 ray start --head --block &
sleep 10
python serve.py
