#!/bin/bash
#SBATCH --time=1-0
python -m project.train --epochs 90
