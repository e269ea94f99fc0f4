#!/bin/bash
#SBATCH --constraint=[a100|h100]
#SBATCH --nodelist=node[01-04]
#SBATCH --exclude=[rack]
#SBATCH --time=10
./solve
