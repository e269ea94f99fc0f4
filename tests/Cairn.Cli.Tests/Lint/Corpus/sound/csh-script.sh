#!/bin/csh
#SBATCH --time=30
setenv OMP_NUM_THREADS 4
foreach i (1 2 3)
  ./solve $i
end
