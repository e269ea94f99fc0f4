#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
save() { cp -r /tmp/run "$HOME/results"; scontrol requeue "$SLURM_JOB_ID"; }
trap save TERM
singularity exec tool.sif python fit.py --resume
