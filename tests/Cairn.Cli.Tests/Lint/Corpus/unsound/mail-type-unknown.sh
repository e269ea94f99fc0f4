#!/bin/bash
#SBATCH --mail-type=FAILED
#SBATCH --mail-user=me@here.org
#SBATCH --time=10
./solve
