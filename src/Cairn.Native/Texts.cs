using System.Runtime.InteropServices;

namespace Cairn.Native;

/// <summary>The host's texts.</summary>
internal static unsafe class Texts
{
    /// <summary>A text that must be there.</summary>
    public static string Of(byte* text, string what) => Marshal.PtrToStringUTF8((nint)text) ?? throw new ArgumentException($"{what} is NULL");

    /// <summary>One that need not.</summary>
    public static string? OrNull(byte* text) => Marshal.PtrToStringUTF8((nint)text);
}
