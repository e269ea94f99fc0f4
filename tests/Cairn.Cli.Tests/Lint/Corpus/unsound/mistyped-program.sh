#!/bin/bash
#SBATCH --time=30
pyhton solve.py
