#!/bin/bash
#SBATCH --job-name=nf-head
#SBATCH --time=12:00:00
#SBATCH --mem=8G
module load nextflow
nextflow run main.nf -profile slurm -resume
