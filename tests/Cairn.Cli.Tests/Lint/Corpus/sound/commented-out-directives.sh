#!/bin/bash
#SBATCH --time=01:00:00
##SBATCH --account=physics
##SBATCH --gres=gpu:1
# A comment about #SBATCH lines that is none.
./simulate input.toml
