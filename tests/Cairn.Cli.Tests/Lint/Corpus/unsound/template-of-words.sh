#!/bin/bash
#SBATCH --job-name={{ name }}-run
#SBATCH --time <%= resources$walltime %>
#SBATCH --mem-per-cpu=<%=resources$mem%>
./solve
