#!/bin/bash
#SBATCH --exclusive=user --nodes=1
#SBATCH --time=10
./solve
