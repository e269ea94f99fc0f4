using System.Runtime.InteropServices;

namespace Cairn.Native;

/// <summary>The structures of cairn.h, field by field.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTensor
{
    public byte* Name;
    public void* Data;
    public long* Shape;
    public int DType;
    public int Dimensions;
    public uint Flags;
    public uint Reserved;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativePiece
{
    public void* Tensor;
    public long Offset;
    public void* To;
    public long Count;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeDevice
{
    public delegate* unmanaged<void*, NativePiece*, nuint, void**, int> Copy;
    public delegate* unmanaged<void*, int> Wait;
    public void* Host;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeSource
{
    public NativeDevice* Device;
    public void* Tensor;
}

/// <summary>The flags of tensors and values.</summary>
[Flags]
internal enum NativeFlags : uint
{
    None = 0,
    Frozen = 1,
    OptimizerStep = 2,
    Setting = 4,
    OfFirstRank = 8,
    OnDevice = 16,
}

/// <summary>What ranks have of a part.</summary>
internal enum NativeRanks
{
    Same,
    MayDiffer,
    Own,
    OwnOrFirst,
}

/// <summary>What a value is.</summary>
internal enum NativeKind
{
    None,
    Flag,
    Integer,
    Real,
    Text,
    List,
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeValue
{
    public byte* Name;
    public byte* Text;
    public long Integer;
    public double Real;
    public NativeKind Kind;
    public NativeFlags Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeState
{
    public NativeTensor* Tensors;
    public nuint TensorCount;
    public NativeValue* Values;
    public nuint ValueCount;
    public NativeValue* Conditions;
    public nuint ConditionCount;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeSaved
{
    public NativeTensor* Tensors;
    public nuint TensorCount;
    public NativeValue* Values;
    public nuint ValueCount;
    public nint Handle;
    public int Rank;
    public int Ranks;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeNames
{
    public delegate* unmanaged<void*, byte*, byte**, int> SavedName;
    public void* Host;
    public int Loose;
    public int Reserved;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeCheckpoint
{
    public long Step;
    public long Bytes;
    public double SavedAt;
    public byte* Path;
    public byte* Problem;
    public NativeValue* Metrics;
    public nuint MetricCount;
    public byte** Parts;
    public nuint PartCount;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativePart
{
    public delegate* unmanaged<void*, NativeState*, int> Describe;
    public delegate* unmanaged<void*, NativeSaved*, int> Differences;
    public delegate* unmanaged<void*, NativeSaved*, int> Restore;
    public void* Host;
    public NativeRanks Ranks;
    public int Reserved;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NativeInfo
{
    public long StepsDone;
    public double Deadline;
    public int Attempt;
    public int Rank;
    public int WorldSize;
    public int FinishedBefore;
    public long StepsSaved;
    public int IsCopying;
    public int Reserved;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NativeOutcome
{
    public int Kind;
    public int ExitCode;
}
