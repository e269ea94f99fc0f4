#!/bin/bash
#SBATCH --open-mode=overwrite
#SBATCH --time=10
./solve
