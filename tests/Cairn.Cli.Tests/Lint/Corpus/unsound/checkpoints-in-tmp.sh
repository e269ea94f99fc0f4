#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

export CHECKPOINT_DIR=/tmp/$USER/ckpt
srun python train.py --checkpoint-dir "$TMPDIR/ckpt"
