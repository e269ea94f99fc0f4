#!/bin/bash
#SBATCH --time=8:00:00
#SBATCH --array=1-20
#SBATCH --output=ml-%A_%a.out
module load matlab
matlab -nodisplay -nosplash -r "run_case($SLURM_ARRAY_TASK_ID); exit"
