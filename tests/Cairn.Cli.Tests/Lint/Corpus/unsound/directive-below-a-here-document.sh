#!/bin/bash
#SBATCH --time=10
cat > conf.txt << EOF
#SBATCH --nodes=9
EOF
#SBATCH --mem=4G
./solve
