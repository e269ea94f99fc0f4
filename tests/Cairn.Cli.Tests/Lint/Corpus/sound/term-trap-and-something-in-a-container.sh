#!/bin/bash
#SBATCH --time=60
#SBATCH --requeue
#SBATCH --open-mode=append
inside() {
    apptainer exec --nv image.sif "$@"
}
trap 'scontrol requeue $SLURM_JOB_ID' TERM
inside python train.py --resume
