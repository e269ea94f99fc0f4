#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
if [ "$1" == "debug" ]; then
    python -m debugpy main.py
    exit
fi
srun python main.py
