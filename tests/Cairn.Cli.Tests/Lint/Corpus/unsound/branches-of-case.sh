#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
case $1 in
  a) python fit.py a ;;
  b) python fit.py b ;;
  *) python fit.py c ;;
esac
