{% extends "base.sh" %}
{% block header %}
#!/bin/bash
#SBATCH --time={{ hours }}:00:00
#SBATCH --requeue
trap 'scontrol requeue $SLURM_JOB_ID; exit 15' TERM
{% endblock %}
