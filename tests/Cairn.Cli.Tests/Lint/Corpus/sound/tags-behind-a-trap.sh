#!/bin/bash
#SBATCH --time=60
#SBATCH --requeue
#SBATCH --open-mode=append
trap 'scontrol requeue $SLURM_JOB_ID' TERM
{% block body %}
{% endblock %}
