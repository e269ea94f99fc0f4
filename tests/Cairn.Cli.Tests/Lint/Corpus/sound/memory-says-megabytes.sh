#!/bin/bash
#SBATCH --time=10:00
#SBATCH --mem=100 # per node, in MB
hostname
