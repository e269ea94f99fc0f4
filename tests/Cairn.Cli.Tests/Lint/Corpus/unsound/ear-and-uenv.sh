#!/bin/bash
#SBATCH --ear=on --ear-policy=monitoring
#SBATCH --uenv prgenv-gnu/24.7:v3 --view=default
#SBATCH --time=1:00:00
srun ./solve
