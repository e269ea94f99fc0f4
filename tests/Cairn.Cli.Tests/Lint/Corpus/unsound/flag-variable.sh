#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
flag=false
if $flag; then
  cp settings.txt run/
fi
python fit.py
