#!/bin/bash
#SBATCH --time=10:00
date
# One GPU of any kind:
#SBATCH --gpus-per-node=1
# One of a kind:
#SBATCH --gpus-per-node=a100:1
# The whole node:
#SBATCH --exclusive
./solve
