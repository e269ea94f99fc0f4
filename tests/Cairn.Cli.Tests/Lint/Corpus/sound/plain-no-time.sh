#!/bin/bash
#SBATCH -J count
#SBATCH -n 1
wc -l data/*.csv > counts.txt
