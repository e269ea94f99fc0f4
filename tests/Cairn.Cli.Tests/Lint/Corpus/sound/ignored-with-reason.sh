#!/bin/bash
# cairn: ignore CAIRN030 because a save takes two seconds
#SBATCH --time=6:00:00
#SBATCH --signal=USR2@30
#SBATCH --requeue
#SBATCH --open-mode=append

srun ./train
