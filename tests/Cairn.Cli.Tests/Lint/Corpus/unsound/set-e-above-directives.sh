#!/bin/bash
set -euo pipefail
#SBATCH --time=12:00:00
#SBATCH --mem=16G
srun python train.py
