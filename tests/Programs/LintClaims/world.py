# Says which rank of how many MPI makes it, by Debian's MPICH where there is no mpi4py; there is no checkpoint to go on from.
try:
    from mpi4py import MPI
    rank, size = MPI.COMM_WORLD.rank, MPI.COMM_WORLD.size
except ImportError:
    import ctypes

    mpi = ctypes.CDLL("libmpich.so.12", ctypes.RTLD_GLOBAL)
    world = 0x44000000  # MPI_COMM_WORLD of MPICH
    numbers = ctypes.c_int(), ctypes.c_int()
    mpi.MPI_Init(None, None)
    mpi.MPI_Comm_rank(world, ctypes.byref(numbers[0]))
    mpi.MPI_Comm_size(world, ctypes.byref(numbers[1]))
    rank, size = (number.value for number in numbers)
    mpi.MPI_Finalize()
print(f"rank {rank} of {size}", flush=True)
