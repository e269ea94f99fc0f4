#!/bin/bash
#SBATCH --time=60
python first.py
python second.py
