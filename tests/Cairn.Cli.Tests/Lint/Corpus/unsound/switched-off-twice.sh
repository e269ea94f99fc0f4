#!/bin/bash
#SBATCH --time=10
# SBATCH --partition=gpu
# SBATCH --qos=high
./solve
