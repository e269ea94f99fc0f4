#!/bin/bash
#SBATCH --exclusive=yes
#SBATCH --time=10
./solve
