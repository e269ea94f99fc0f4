#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --output=snake-%j.log
source ~/.bashrc
conda activate snakemake
snakemake --profile slurm --jobs 100 --rerun-incomplete
