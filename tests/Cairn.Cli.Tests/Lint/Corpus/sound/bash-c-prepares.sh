#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun bash -c "
    set -e
    python -m pip install --quiet -e .
    python prepare_data.py
    python train.py
"
