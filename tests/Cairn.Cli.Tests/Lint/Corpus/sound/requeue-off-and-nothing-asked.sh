#!/bin/bash
#SBATCH --no-requeue
#SBATCH --time=1:00:00
python migrate.py
