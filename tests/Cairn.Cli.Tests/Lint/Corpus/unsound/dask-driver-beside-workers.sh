#!/bin/bash
#SBATCH --time=24:00:00 --ntasks=4
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
dask scheduler --scheduler-file s.json &
srun dask worker --scheduler-file s.json &
python analyse.py
