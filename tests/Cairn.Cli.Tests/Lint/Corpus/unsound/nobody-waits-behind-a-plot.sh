#!/bin/bash
#SBATCH --time=10
srun ./solve &
python plot_input.py
