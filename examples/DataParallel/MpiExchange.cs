using System.Diagnostics;
using System.Runtime.InteropServices;
using Cairn;

namespace DataParallel;

/// <summary>
/// Ranks exchange numbers by MPI, on any number of nodes: <c>MPI_Iallgather</c>, asked again and again whether it is done, for a blocking call would
/// wait for ever for a rank that is gone.
/// </summary>
/// <remarks>
/// MPICH (and Intel MPI) and OpenMPI have the same functions, but handles of other sizes and other constants: int and pointer both fit into a register, so one
/// set of function pointers serves both, and what differs stands in <see cref="Start"/>.
/// </remarks>
internal sealed unsafe partial class MpiExchange : Exchange
{
    private const int Now = 2; // RTLD_NOW, dlfcn.h
    private const int Global = 0x100; // RTLD_GLOBAL: MPI's own plug-ins look for its symbols there
    private const int OpenMpiInPlace = 1;
    private const int Serialized = 2; // MPI_THREAD_SERIALIZED: any thread, one at a time
    private const string StartItSo = "start it with 'srun --mpi=pmi2' (MPICH) or 'srun --mpi=pmix' (OpenMPI); 'srun --mpi=list' says what there is";

    private readonly TimeSpan patience;
    private readonly nint library;
    private readonly nint world;
    private readonly nint single;
    private readonly nint inPlace;
    private readonly nint ignoreStatus;
    private readonly delegate* unmanaged<nint, int, nint, float*, int, nint, nint, nint*, int> gather;
    private readonly delegate* unmanaged<nint*, int*, nint, int> test;
    private int worldSize;

    private MpiExchange(TimeSpan patience, nint library)
    {
        (this.patience, this.library) = (patience, library);
        gather = (delegate* unmanaged<nint, int, nint, float*, int, nint, nint, nint*, int>)Function("MPI_Iallgather");
        test = (delegate* unmanaged<nint*, int*, nint, int>)Function("MPI_Test");
        (world, single, inPlace, ignoreStatus) = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out var openMpi)
            ? (openMpi, Function("ompi_mpi_float"), OpenMpiInPlace, 0)
            : (0x44000000, 0x4c00040a, -1, 1);
    }

    public static MpiExchange Start(TrainingRun run, TimeSpan patience)
    {
        // UCX, below MPICH, would take SIGSEGV for its own, of which .NET makes NullReferenceException. It reads this from the C library's
        // environment, which is not the one that .NET shows.
        _ = SetEnvironment("UCX_HANDLE_ERRORS", "none", 1);
        string[] names = Environment.GetEnvironmentVariable("SLURM_MPI_TYPE") == "pmi2" ? ["libmpich.so.12", "libmpi.so.12"] : ["libmpi.so.40", "libmpich.so.12", "libmpi.so.12"];
        var found = names.Select(name => OpenLibrary(name, Now | Global)).FirstOrDefault(handle => handle != 0);
        if (found == 0)
            throw new ExchangeException($"no MPI is installed that suits: none of {string.Join(", ", names)} can be loaded");
        var mpi = new MpiExchange(patience, found);
        mpi.Join(run);
        return mpi;
    }

    public override void Gather(float[] numbers, long step)
    {
        fixed (float* all = numbers)
        {
            nint request = 0; // an int or a pointer, as the MPI will
            var share = numbers.Length / worldSize;
            Check("MPI_Iallgather", gather(inPlace, 0, single, all, share, single, world, &request));
            var began = Stopwatch.GetTimestamp();
            var isDone = 0;
            for (var spin = default(SpinWait); ; spin.SpinOnce())
            {
                Check("MPI_Test", test(&request, &isDone, ignoreStatus));
                if (isDone != 0)
                    return;
                if (Stopwatch.GetElapsedTime(began) > patience)
                    throw new ExchangeException($"not all ranks came to the exchange of step {step} within {patience.TotalSeconds} s: see their logs");
            }
        }
    }

    /// <summary>Every rank must come here, or the others wait for it; so it is no part of <see cref="Dispose"/>, which an error calls, too.</summary>
    public override void Leave() => Check("MPI_Finalize", ((delegate* unmanaged<int>)Function("MPI_Finalize"))());

    public override void Dispose()
    {
    }

    private void Join(TrainingRun run)
    {
        // OpenMPI would end the process, with words of its own.
        if (inPlace == OpenMpiInPlace && run.WorldSize > 1 && Environment.GetEnvironmentVariable("PMIX_RANK") is null)
            throw new ExchangeException($"OpenMPI finds no PMIx for rank {run.Rank} of {run.WorldSize}: {StartItSo}");
        int provided, size, rank;
        Check("MPI_Init_thread", ((delegate* unmanaged<nint, nint, int, int*, int>)Function("MPI_Init_thread"))(0, 0, Serialized, &provided));
        Check("MPI_Comm_size", ((delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_size"))(world, &size));
        Check("MPI_Comm_rank", ((delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_rank"))(world, &rank));
        worldSize = size;

        // A plain srun makes a world of its own of every rank, without a word.
        if (size != run.WorldSize || rank != run.Rank)
            throw new ExchangeException($"MPI takes this process for rank {rank} of {size}, Slurm for rank {run.Rank} of {run.WorldSize}: {StartItSo}");
    }

    private nint Function(string name) => NativeLibrary.GetExport(library, name);

    private static void Check(string call, int error)
    {
        if (error != 0)
            throw new ExchangeException($"{call} failed with error {error}");
    }

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint OpenLibrary(string name, int flags);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
