#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

exec cairn run --signal USR1 -- srun cairn run --task -- ./train
