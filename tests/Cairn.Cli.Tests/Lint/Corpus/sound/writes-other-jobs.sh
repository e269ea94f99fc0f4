#!/bin/bash
#SBATCH --time=30
while read -r name; do
  echo "#!/bin/bash" > job_$name.sh
  echo "#SBATCH --time=12h" >> job_$name.sh
  echo "srun ./solve $name" >> job_$name.sh
  sbatch job_$name.sh
done < names.txt
