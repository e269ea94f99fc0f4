#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
printf -v now '%(%F_%H%M)T' -1
srun ./fit --save-dir runs/$now --resume
