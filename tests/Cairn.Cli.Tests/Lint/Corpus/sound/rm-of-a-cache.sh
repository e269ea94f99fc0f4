#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
rm -rf /tmp/ckpt_cache logs/*.log checkpoints/tmp checkpoints_old
srun python main.py fit --resume
