#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
rsync -a data/ $TMPDIR/data/
srun python fit.py --data $TMPDIR/data --checkpoint-dir ckpt --resume
