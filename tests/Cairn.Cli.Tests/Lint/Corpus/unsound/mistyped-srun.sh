#!/bin/bash
#SBATCH --time=30
srum ./solve
