#!/bin/bash
#SBATCH --time=12:00:00
./database &
database=$!
trap "kill $database; exit" TERM EXIT
python use.py
