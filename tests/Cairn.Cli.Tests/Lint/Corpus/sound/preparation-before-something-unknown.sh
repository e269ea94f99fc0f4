#!/bin/bash
#SBATCH --time=60
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --open-mode=append
trap 'rsync -a out/ /archive/out/' USR1
python preprocess.py
eval "$1"
wait
