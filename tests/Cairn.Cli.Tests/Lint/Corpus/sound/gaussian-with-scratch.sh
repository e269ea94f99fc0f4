#!/bin/bash
#SBATCH --time=24:00:00 --cpus-per-task=16 --mem=32G
module load gaussian/16
export GAUSS_SCRDIR=/tmp/$SLURM_JOB_ID
mkdir -p $GAUSS_SCRDIR
trap "rm -rf $GAUSS_SCRDIR" EXIT
g16 < input.com > output.log
