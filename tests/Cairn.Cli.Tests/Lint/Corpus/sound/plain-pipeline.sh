#!/bin/bash
#SBATCH -t 30:00
#SBATCH --mem=4000
set -euo pipefail
zcat reads.fastq.gz | awk 'NR % 4 == 2' | sort | uniq -c | sort -rn | head -n 100 > top.txt
