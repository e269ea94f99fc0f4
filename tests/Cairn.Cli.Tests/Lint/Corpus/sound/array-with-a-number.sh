#!/bin/bash
#SBATCH --time=60
#SBATCH --array=0-9
#SBATCH --output=fit-%a.log
python fit.py --checkpoint-dir 10
