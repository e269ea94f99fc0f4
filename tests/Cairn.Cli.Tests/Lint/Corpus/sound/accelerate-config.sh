#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
accelerate env
