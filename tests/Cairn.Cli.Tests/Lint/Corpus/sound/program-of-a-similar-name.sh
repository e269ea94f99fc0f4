#!/bin/bash
#SBATCH --time=30
module load pythia
pythia8 run.cmnd
