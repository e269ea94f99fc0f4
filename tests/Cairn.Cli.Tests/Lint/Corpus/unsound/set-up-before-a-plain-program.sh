#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
./setup_env.sh
pip install -r requirements.txt
python main.py fit --resume
