#!/bin/bash
#SBATCH --time=10
#SBTACH --mem=4G
./solve
