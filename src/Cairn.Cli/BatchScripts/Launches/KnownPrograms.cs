namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>Programs that everybody knows by these names, so that no function is meant.</summary>
internal static class KnownPrograms
{
    private static readonly HashSet<string> Names = new(
        ("python R Rscript julia matlab octave java node perl ruby go cargo ghc lua php scala dotnet mono make cmake ninja gcc g++ gfortran nvcc mpicc "
         + "gmx gmx_mpi gmx_d lmp lmp_mpi lammps vasp vasp_std vasp_gam vasp_ncl g16 g09 gaussian orca cp2k cpmd siesta namd2 namd3 charmrun amber sander pmemd nwchem qchem psi4 "
         + "abaqus ansys ansys222 fluent comsol starccm+ stata stata-mp sas wolfram math openfoam simpleFoam decomposePar hoomd espresso pw.x ph.x abinit octopus dftb+ xtb mopac turbomole "
         + "blastp blastn blastx diamond bwa samtools bcftools STAR salmon kallisto hisat2 bowtie2 minimap2 fastqc multiqc trimmomatic gatk picard cellranger plink plink2 iqtree raxml beast mafft "
         + "torchrun accelerate deepspeed horovodrun fairseq-train colossalai composer lightning llamafactory-cli axolotl tune vllm ray dask dask-worker dask-scheduler spark-submit jupyter jupyter-lab jupyter-notebook "
         + "tensorboard mlflow papermill ipython pytest snakemake nextflow cromwell mpirun mpiexec parallel hq time timeout docker podman apptainer singularity dmtcp_launch dmtcp_restart dmtcp_coordinator "
         + "redis-server mongod postgres mysqld nginx uvicorn gunicorn flask celery rclone ffmpeg convert gdal_translate blender povray").Split(' '),
        StringComparer.Ordinal);

    public static bool Contains(string name) => Names.Contains(name) || name.StartsWith("python", StringComparison.Ordinal) || name.StartsWith("julia", StringComparison.Ordinal);
}
