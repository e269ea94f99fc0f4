#!/bin/bash
#SBATCH --time=60
bash run.sh
