#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
find ckpt -name '*.pt' -mtime +30 -delete
find ckpt -name '*.tmp' -delete
srun ./fit --checkpoint-dir ckpt --resume
