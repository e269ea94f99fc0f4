#!/bin/bash
#SBATCH --time=60
hostname
