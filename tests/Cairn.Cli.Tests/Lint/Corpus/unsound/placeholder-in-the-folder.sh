#!/bin/bash
#SBATCH --output=/home/<user>/logs/x.out
#SBATCH --time=10
./solve
