using System.Runtime.InteropServices;

namespace Cairn.Native;

/// <summary>The host's texts.</summary>
internal static unsafe class Texts
{
    /// <summary>A text that must be there.</summary>
    public static string Of(byte* text, string what) => Marshal.PtrToStringUTF8((nint)text) ?? throw new ArgumentException($"{what} is NULL");

    /// <summary>Several, ended by NULL; NULL for none.</summary>
    public static List<string> List(byte** texts, string what)
    {
        var list = new List<string>();
        for (var i = 0; texts is not null && texts[i] is not null; i++)
            list.Add(Of(texts[i], what));
        return list;
    }

    /// <summary>One that need not.</summary>
    public static string? OrNull(byte* text) => Marshal.PtrToStringUTF8((nint)text);
}
