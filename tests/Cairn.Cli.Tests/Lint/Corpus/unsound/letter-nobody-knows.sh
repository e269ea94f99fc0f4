#!/bin/bash
#SBATCH -T 10
#SBATCH -t 10
./solve
