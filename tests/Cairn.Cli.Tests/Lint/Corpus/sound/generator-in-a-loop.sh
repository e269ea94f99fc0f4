#!/bin/bash
for lr in 0.1 0.01; do
cat > job_$lr.sh << EOF
#!/bin/bash
#SBATCH --job-name=lr_$lr
#SBATCH --time=12h
python train.py --lr $lr
EOF
sbatch job_$lr.sh
done
