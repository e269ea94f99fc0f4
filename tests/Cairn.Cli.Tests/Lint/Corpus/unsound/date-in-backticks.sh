#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
NOW=`date +%s`
srun python fit.py --output_dir out/$NOW --resume
