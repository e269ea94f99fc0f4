#!/bin/bash
#SBATCH --time=10
./solve
exit 0

#!/bin/bash
#SBATCH --nodes=4
./solve --all
