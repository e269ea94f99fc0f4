#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --ntasks=2
srun -n 1 python a.py &
srun -n 1 python b.py &
