#!/bin/bash
for i in 1 2 3; do
sbatch <<-EOT
	#!/bin/bash
	#SBATCH --time=$i:00:00
	./solve $i
EOT
done
