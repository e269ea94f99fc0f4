#!/bin/bash
#SBATCH --time=12:00:00
back() {
  rsync -a "$TMPDIR/out/" "$SLURM_SUBMIT_DIR/out/"
}
trap back TERM EXIT
./simulate --out "$TMPDIR/out"
