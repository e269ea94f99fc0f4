#!/bin/bash
#SBATCH -t 10:00:00 -c 8
module load R/4.3
Rscript --vanilla analysis.R $SLURM_CPUS_PER_TASK
