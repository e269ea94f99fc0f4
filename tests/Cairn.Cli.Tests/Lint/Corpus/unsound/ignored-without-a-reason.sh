#!/bin/bash
# cairn: ignore CAIRN030
# cairn: ignore CAIRN999 because it is no rule
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@10
#SBATCH --requeue
#SBATCH --open-mode=append

srun ./train
