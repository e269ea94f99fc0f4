#!/bin/bash
#SBATCH --time=12:00:00
back() {
  cp -r "$SLURM_SCRATCH/runs/." "$SLURM_SUBMIT_DIR/runs"
}
trap back EXIT INT TERM
srun ./fit --out "$SLURM_SCRATCH/runs"
cluster-job-stats.py
