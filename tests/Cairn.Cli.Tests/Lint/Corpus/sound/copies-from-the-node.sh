#!/bin/bash
#SBATCH --time=6:00:00
#SBATCH --signal=USR2@300
#SBATCH --requeue
#SBATCH --open-mode=append

cp -r checkpoints "$TMPDIR/"
srun ./train --checkpoint-dir "$TMPDIR/checkpoints"
rsync -a "$TMPDIR/checkpoints/" checkpoints/
