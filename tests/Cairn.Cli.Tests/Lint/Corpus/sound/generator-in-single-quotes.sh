#!/bin/bash
echo '#!/bin/bash
#SBATCH --mem=4.5G
#SBATCH -t 12h
./solve' > run.sh
sbatch run.sh
