#!/bin/bash
#SBATCH --time=1:00:00
cat > inner.sh <<'EOF'
#!/bin/bash
#SBATCH --time=99
#SBATCH --signal=B:USR2@10
python train.py &
EOF
sbatch inner.sh
