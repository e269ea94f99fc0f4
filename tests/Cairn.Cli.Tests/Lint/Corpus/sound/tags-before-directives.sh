#!/bin/bash
#SBATCH --signal=USR1@120
{% if gpus %}
#SBATCH --gres=gpu:2
{% endif %}
#SBATCH --time=60
srun ./solve
