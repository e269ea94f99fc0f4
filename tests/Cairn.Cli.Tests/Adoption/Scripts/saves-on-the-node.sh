#!/bin/bash
#SBATCH --time=02:00:00
#SBATCH --job-name=my
rsync -a data/ $TMPDIR/
python train.py --output_dir $TMPDIR/out
cp -r $TMPDIR/out ~/
