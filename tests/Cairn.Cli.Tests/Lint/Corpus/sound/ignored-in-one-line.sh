#!/bin/bash
#SBATCH --time=6:00:00
#SBATCH --signal=USR2@30   # cairn: ignore CAIRN030 because a save takes two seconds
#SBATCH --requeue
#SBATCH --open-mode=append

srun ./train
